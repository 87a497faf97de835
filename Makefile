# Needs GNU make and Python 3.11 or later; everything else is fetched into this folder.
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
OURS := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test format lock setup

help:
	@echo 'make demo        start Wingwalk with a fictional prison (PORT=8000 HOST=127.0.0.1); Ctrl-C stops it'
	@echo 'make demo-reset  the same, from nothing: everything entered in the demo is forgotten'
	@echo 'make test        every check and test'
	@echo 'make format      put code and templates into their standard form'
	@echo 'make lock        renew the lock files from pyproject.toml and package.json'

setup:
	$(if $(PYTHON),,$(error Wingwalk needs Python 3.11 or later, and none was found))
	@$(PYTHON) bin/setup.py

demo: setup
	@$(OURS) bin/demo.py

demo-reset: setup
	@$(OURS) bin/demo.py --reset

test: setup
	@$(OURS) bin/check.py

format: setup
	@$(OURS) bin/check.py --format

lock: setup
	@$(OURS) bin/lock.py
