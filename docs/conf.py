"""How the site is made; ``python -m nox -s docs`` builds it."""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# Kernels of notebooks and who starts them keep quiet about what is as it should be.
quiet = HERE / "_build" / "ipython" / "profile_default"
quiet.mkdir(parents=True, exist_ok=True)
(quiet / "ipython_kernel_config.py").write_text("c = get_config()\nc.IPKernelApp.log_level = 40\n")
os.environ["IPYTHONDIR"] = str(quiet.parent)
logging.getLogger("traitlets").setLevel(logging.WARNING)

project = "kaufland-shoptet"
author = "the kaufland-shoptet developers"
project_copyright = "the kaufland-shoptet developers, MIT licence"
release = version = installed("kaufland-shoptet")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx_copybutton",
    "sphinx_design",
    "myst_nb",
    "layers",
    "reference",
]
exclude_patterns = ["_build", "_ext", "**/.ipynb_checkpoints"]
default_role = "literal"
nitpicky = True
toc_object_entries = False
python_maximum_signature_line_length = 100
python_use_unqualified_type_names = True
python_display_short_literal_types = True

autodoc_preserve_defaults = True  # os.environ by its name, not by what is in it
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# Doctests are written as in the README and in the docstrings.
import doctest  # noqa: E402

doctest_default_flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
copybutton_prompt_text = r">>> |\.\.\. ?|\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos"  # and no more: commands without a prompt are marked as output

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "kaufland-shoptet"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_favicon = "_static/icon.svg"
html_search_scorer = str(HERE / "_ext" / "scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
