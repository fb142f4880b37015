/** Programs that run in a Job like the backend, or the worker, with its image, environment and network. */

/**
 * Compares the database's revision with the newest one of the image, and prints which Langflow the image has. Only Alembic
 * is imported: importing Langflow takes ten seconds.
 */
export const MIGRATIONS = `
import importlib.metadata, importlib.util, json, os, pathlib, sys
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

root = pathlib.Path(importlib.util.find_spec("langflow").submodule_search_locations[0])
config = Config()
config.set_main_option("script_location", str(root / "alembic"))
heads = sorted(ScriptDirectory.from_config(config).get_heads())

url = make_url(os.environ["LANGFLOW_DATABASE_URL"])
base = url.drivername.split("+")[0].replace("postgres", "postgresql").replace("postgresqlql", "postgresql")
driver = "postgresql+psycopg" if base == "postgresql" else base
with create_engine(url.set(drivername=driver)).connect() as connection:
    current = sorted(MigrationContext.configure(connection).get_current_heads())

def version():
    for name in ("langflow", "langflow-nightly", "langflow-base"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass

print(json.dumps({"version": version(), "atHead": heads == current, "database": current, "image": heads}))
`.trim();

/** Hands a task to the broker and waits for a worker's answer. */
export const CELERY = `
from langflow.worker import test_celery
print(test_celery.delay("ping").get(timeout=60))
`.trim();
