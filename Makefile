# Les commandes du livre ; `make aide` les liste. Chacune crée .venv si besoin et installe ce qui manque.

PYTHON ?= python3
COEURS ?= $(shell getconf _NPROCESSORS_ONLN)
# Durée permise à un chapitre, en secondes ; plus sur une machine lente ou partagée.
LIMITE ?= 60

BIN := .venv/bin
NPM := npm --prefix tests/js --silent
# Un fil par processus : plusieurs processus se partagent déjà les cœurs.
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := aide
.NOTPARALLEL:
.PHONY: aide livre diapos test verifier mutants carnets constructions style types javascript paquet chapitres
.PHONY: construction navigateur relecture liens versions audit pdf composition

aide: ## liste les commandes
	@sed -n 's/^\([a-z]*\):.*## /  make \1 : /p' $(MAKEFILE_LIST)

livre: .venv/livre.ok ## construit le livre dans _build/html
	$(BIN)/jupyter-book build .

diapos: livre ## construit le livre et donne l'adresse de ses diapositives, une page par partie
	@printf '  %s\n' _build/html/diapos/*.html

pdf: .venv/livre.ok ## compose le livre en un fichier, _build/latex/rnnbook.pdf (paquets Debian : voir README.md)
	@$(BIN)/python -m rnnbook_sphinx.pdf
	$(BIN)/jupyter-book build . --builder latex -W -n --keep-going
	max_print_line=1000 $(MAKE) --directory _build/latex LATEXMKOPTS=-silent \
		LATEXOPTS='-interaction=nonstopmode -halt-on-error'

test: style types javascript paquet chapitres construction navigateur ## tous les contrôles, dans l'ordre qui suit

verifier: relecture mutants carnets constructions composition ## ce qui est long : à lancer de temps en temps, et chaque semaine

carnets: .venv/test.ok ## exécute les carnets publiés dans un environnement neuf
	$(BIN)/python tests/verifier/carnets.py --coeurs $(COEURS) --limite $(LIMITE)

constructions: .venv/livre.ok ## construit deux fois le livre sans cache et compare
	$(BIN)/python tests/verifier/constructions.py

composition: .venv/livre.ok ## compose le PDF et relit son journal, ses numéros, ses fontes et ses titres
	$(BIN)/python tests/verifier/pdf.py

relecture: .venv/livre.ok ## relit l'orthographe et la grammaire (paquet Debian grammalecte-cli)
	$(BIN)/python tests/relecture/relire.py

liens: .venv/livre.ok ## essaie les liens vers l'extérieur et dit lesquels ne répondent pas
	$(BIN)/jupyter-book build . --builder linkcheck

versions: .venv/livre.ok ## avance requirements.txt aux versions les plus récentes ; à suivre de make test
	$(BIN)/python tests/verifier/versions.py

audit: .venv/livre.ok ## cherche les failles connues des dépendances (demande le réseau)
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/python -m pip freeze --exclude-editable > .venv/audit.txt
	$(BIN)/python -m pip_audit --strict --no-deps --disable-pip --requirement .venv/audit.txt

mutants: .venv/test.ok ## casse une ligne à la fois : la cellule ou le test nommé doit s'en apercevoir
	$(BIN)/python tests/mutants/run.py --coeurs $(COEURS)

style: .venv/test.ok ## relit la forme du code Python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test.ok ## vérifie les types du code Python
	$(BIN)/mypy

javascript: ## vérifie le JavaScript des figures
	@command -v npm > /dev/null || { echo "Il faut Node.js 20 ou plus récent (node, npm) pour vérifier les figures."; exit 1; }
	$(NPM) ci
	$(NPM) run lint
	$(NPM) test

paquet: .venv/test.ok ## teste le paquet et l'extension Sphinx
	$(BIN)/python -m pytest -q -n $(COEURS) --dist loadfile --ignore=tests/browser

chapitres: .venv/test.ok ## exécute chaque chapitre comme un carnet et donne sa durée
	$(BIN)/python -m rnnbook_sphinx.notebooks --coeurs $(COEURS) --limite $(LIMITE)

construction: .venv/livre.ok ## relit toutes les pages du livre et refuse tout avertissement
	$(BIN)/jupyter-book build . --all -W -n --keep-going

navigateur: .venv/test.ok ## essaie les pages du livre construit dans un navigateur
	$(BIN)/python -m pytest -n $(COEURS) tests/browser

.venv/livre.ok: requirements.txt .ci/contraintes.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Il faut Python 3.11 ou plus récent ; ici : $$($(PYTHON) --version). Essayez make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/test.ok: .venv/livre.ok
	$(BIN)/python -m pip install --quiet --constraint .ci/contraintes.txt --editable '.[test]'
	@touch $@
