"""Take the picture for the README from a running demo:  .venv/bin/python bin/picture.py [address]"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

TARGET = Path(__file__).resolve().parent.parent / "docs" / "wingwalk.png"
PASSWORD = "wingwalk-demo-2026"


def main(address="http://127.0.0.1:8000"):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 860})
        page.goto("/")
        page.get_by_label("Username").fill("manager")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
