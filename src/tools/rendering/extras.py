"""What to say where the packages for rendering are missing."""

from hyperface.errors import UserError


def missing_packages(error: ImportError) -> UserError:
    """The user's error for an import that failed."""
    return UserError(
        f"Rendering needs the packages of requirements-render.txt ({error}); run "
        "`pip install -r requirements-render.txt`, or use `make render`."
    )
