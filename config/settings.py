"""Every setting of the product, read from the environment.

``WINGWALK_ENVIRONMENT`` says where we are: ``production`` (the default), ``demo`` or ``test``. Without ``DATABASE_URL`` the
servers that the embedded house started are used: ``WINGWALK_STATE`` names the file that says where they listen.
"""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1"


def _embedded_state():
    """Where the embedded servers listen, as their own state file tells; empty when there are none."""
    path = BASE_DIR / os.environ.get("WINGWALK_STATE", "var/demo/state.json")
    if "DATABASE_URL" in os.environ or not path.exists():
        return {}
    return json.loads(path.read_text())


def _secret(name):
    value = os.environ.get(name) or EMBEDDED.get(name.removeprefix("WINGWALK_").lower())
    if not value or len(value) < 40:
        raise ImproperlyConfigured(f"Set {name} to at least 40 random characters.")
    return value


def _database():
    """The one database, entered with the login of this process: web, worker, migrate, admin or test."""
    login = os.environ.get("WINGWALK_LOGIN", "worker")
    if url := os.environ.get("DATABASE_URL"):
        database = dj_database_url.parse(url)
    elif EMBEDDED:
        where = EMBEDDED["postgres"]
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres" if login == "admin" else os.environ.get("WINGWALK_DATABASE", "wingwalk"),
            "USER": "postgres" if login == "admin" else f"wingwalk_{login}",
            "HOST": where["host"],
            "PORT": str(where["port"]),
        }
    else:
        raise ImproperlyConfigured("Set DATABASE_URL to a PostgreSQL database, or start the demo with `make demo`.")
    if database["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL database: its row security is one of our locks."
        )
    options = database.setdefault("OPTIONS", {})
    guards = "-c timezone=UTC -c jit=off"
    if login == "migrate":
        options["options"] = f"{guards} -c role=wingwalk_owner"
    elif login == "web":
        options["options"] = (
            f"{guards} -c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
        )
        options["pool"] = {"min_size": 2, "max_size": 8, "timeout": 8}
        database["CONN_HEALTH_CHECKS"] = True
    else:
        options["options"] = guards
    return database


EMBEDDED = _embedded_state()
ENVIRONMENT = os.environ.get("WINGWALK_ENVIRONMENT") or EMBEDDED.get("environment", "production")
if ENVIRONMENT not in {"production", "demo", "test"}:
    raise ImproperlyConfigured("WINGWALK_ENVIRONMENT is production, demo or test.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

SECRET_KEY = _secret("WINGWALK_SECRET_KEY")
AUDIT_KEY = _secret("WINGWALK_AUDIT_KEY")
ALLOWED_HOSTS = [host for host in os.environ.get("WINGWALK_HOSTS", "").split(",") if host]
if not PRODUCTION:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]", "testserver"]
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set WINGWALK_HOSTS to the host names people type, parted by commas.")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if PRODUCTION else []

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUDIT_CHECKPOINTS = Path(
    os.environ.get("WINGWALK_AUDIT_CHECKPOINTS") or BASE_DIR / EMBEDDED.get("folder", "var") / "audit-checkpoints.jsonl"
)
REDIS_URL = os.environ.get("REDIS_URL") or EMBEDDED.get("redis")
CACHE_URL = os.environ.get("CACHE_URL") or EMBEDDED.get("cache") or REDIS_URL
if not REDIS_URL:
    raise ImproperlyConfigured("Set REDIS_URL to a Redis or Valkey server.")

INSTALLED_APPS = [
    "config.apps.WingwalkConfig",
    "casework",
    "referrals",
    "interventions",
    "partners",
    "reporting",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "casework.middleware.PrivatePages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "casework.middleware.IdleLock",
    "casework.middleware.Locks",
    "casework.middleware.OwnPassword",
    "casework.middleware.SecondFactor",
    "casework.middleware.Reasons",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
            ],
            "builtins": ["casework.templatetags.components", "crispy_forms.templatetags.crispy_forms_tags"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "govuk"
CRISPY_TEMPLATE_PACK = "govuk"
CRISPY_FAIL_SILENTLY = False

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
DATE_FORMAT = "j F Y"
# Rolls and files about people never lie about as temporary files; a larger one is refused by its page.
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["casework.middleware.InMemory"]
DATA_UPLOAD_MAX_NUMBER_FILES = 3
STATIC_URL = "static/"
STATIC_ROOT = (
    BASE_DIR / "staticfiles" if PRODUCTION else None
)  # collected into the image; elsewhere found where they are
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Accounts: sign-in by user name; the prison's administrator makes accounts, nobody registers.
AUTH_USER_MODEL = "casework.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["casework.hashers.Argon2"]
if ENVIRONMENT == "test":  # The cost is the point of the real one, and tests sign in thousands of times.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "full_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Everybody may read this password in the README: whoever has it, production lets nobody in with it.
DEMO_PASSWORD = "wingwalk-demo-2026"
# And this one, which makes the codes of the demo's partners.
DEMO_TOTP_SECRET = "WINGWALKDEMO2345WINGWALKDEMO2345"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "casework.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# A prison is one address to us, so the limit by address is high and the one that bites is by user name and address together.
ACCOUNT_RATE_LIMITS = {
    "login": "200/h/ip",
    "login_failed": "5/15m/key",
    "reauthenticate": "10/m/user",
    "change_password": "10/15m/user",
    "kiosk": "60/h/ip,10/10m/key",  # slips; the key is the link
    "link": "60/h/ip,10/10m/key",  # codes; the key is the link
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Whatever is wrong with a link, its page says so after this time and not before: how long it takes tells nothing.
LINK_ANSWER_SECONDS = 0 if ENVIRONMENT == "test" else 0.5
# The second factor: six digits from an app, or one of ten recovery codes. Telephones go wrong by a step.
MFA_ADAPTER = "casework.accounts.SecondFactor"
MFA_FORMS = {"authenticate": "casework.forms.second_factor.CodeForm"}
MFA_TOTP_ISSUER = "Wingwalk"
MFA_TOTP_TOLERANCE = 1

SESSION_COOKIE_AGE = int(os.environ.get("WINGWALK_SESSION_HOURS", "9")) * 3600
SESSION_IDLE_SECONDS = int(os.environ.get("WINGWALK_IDLE_MINUTES", "10")) * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE = PRODUCTION and os.environ.get("WINGWALK_PLAIN_HTTP") != "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "wingwalk_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "wingwalk_csrf"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("WINGWALK_BEHIND_PROXY", "0") != "0" else None
)
# Behind one proxy that appends to X-Forwarded-For, the last address there is the terminal's: limits and the trail go by it.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("WINGWALK_BEHIND_PROXY", "0"))
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

# Celery: the broker is a hint, the row is the truth. Times in UTC: in Europe/London beat skips an hour of ticks each October.
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 500_000
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 280
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 660,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "retry_policy": {"max_retries": 2},
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
CELERY_TASK_DEFAULT_QUEUE = "scheduled"
# Somebody waits for these.
CELERY_TASK_ROUTES = dict.fromkeys(
    [
        "casework.tasks.import_roll",
        "casework.tasks.make_merge",
        "partners.tasks.build_minutes",
        "partners.tasks.build_pack",
        "reporting.tasks.compute_month",
    ],
    {"queue": "interactive"},
)
CELERY_BEAT_SCHEDULE = {
    "seal the audit trail": {"task": "casework.tasks.seal_audit", "schedule": 5.0},
    "import waiting rolls": {"task": "casework.tasks.import_waiting_rolls", "schedule": 5.0},
    "make waiting merges": {"task": "casework.tasks.make_waiting_merges", "schedule": 5.0},
    "build waiting packs": {"task": "partners.tasks.build_waiting_packs", "schedule": 5.0},
    "build waiting minutes": {"task": "partners.tasks.build_waiting_minutes", "schedule": 5.0},
    "propose people for meetings": {"task": "partners.tasks.propose_for_meetings", "schedule": crontab(minute=40)},
    "remind of actions of meetings": {
        "task": "partners.tasks.remind_of_actions",
        "schedule": crontab(minute=10, hour=7),
    },
    "compute waiting months": {"task": "reporting.tasks.compute_waiting_months", "schedule": 5.0},
    "send waiting mail": {"task": "casework.tasks.send_waiting_mail", "schedule": 20.0},
    "take in notices": {"task": "partners.tasks.take_in_notices", "schedule": 20.0},
    "warn of lapses": {"task": "partners.tasks.warn_of_lapses", "schedule": crontab(minute=10)},
    "take up wing visits": {"task": "partners.tasks.take_up_visits", "schedule": 5.0},
    "remind of keys": {"task": "partners.tasks.remind_of_keys", "schedule": crontab(minute=10, hour=5)},
    "purge old drafts": {"task": "casework.tasks.purge_drafts", "schedule": crontab(minute=20)},
    "remind of handovers": {"task": "partners.tasks.remind_of_handovers", "schedule": crontab(minute=5)},
    "ask for last month": {
        "task": "reporting.tasks.ask_for_last_month",
        "schedule": crontab(minute=30, hour=1, day_of_month=1),
    },
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "config.logs.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("WINGWALK_LOG_LEVEL", "INFO")},
}
# Mail: an SMTP server where one is named, otherwise the log of the worker.
SMTP_HOST = os.environ.get("WINGWALK_SMTP_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SMTP_HOST else 'console'}.EmailBackend"
EMAIL_HOST = SMTP_HOST
EMAIL_PORT = int(os.environ.get("WINGWALK_SMTP_PORT") or "587")
EMAIL_HOST_USER = os.environ.get("WINGWALK_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("WINGWALK_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("WINGWALK_SMTP_PLAIN") != "1"
EMAIL_TIMEOUT = 20
# Where links in mails lead, and from whom they come.
SITE_URL = (os.environ.get("WINGWALK_SITE_URL") or f"https://{ALLOWED_HOSTS[0]}").rstrip("/")
DEFAULT_FROM_EMAIL = os.environ.get("WINGWALK_MAIL_FROM") or f"wingwalk@{urlsplit(SITE_URL).hostname}"
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2]
