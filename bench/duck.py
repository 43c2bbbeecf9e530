"""DuckDB reads the same NEM12 files, as one would without a program of one's own: no rule is checked, and there is no key."""

import json
import os
import pathlib
import shutil
import subprocess

from lib_bench import BUILD, ROOT

# A 300 record belongs to the last 200 record before it, so lines need their numbers.
LINES = ("SELECT row_number() OVER () AS n, line FROM read_csv([{}], columns = {{'line': 'VARCHAR'}}, delim = '\\x01', quote = '', escape = '',"
         " header = false, auto_detect = false, max_line_size = 100000)")
DAYS = """CREATE OR REPLACE TABLE days AS
    WITH channels AS (SELECT n, split_part(line, ',', 2) AS nmi, split_part(line, ',', 5) AS nmi_suffix FROM lines WHERE line LIKE '200,%'),
         day_lines AS (SELECT n, string_split(line, ',') AS fields FROM lines WHERE line LIKE '300,%')
    SELECT nmi, nmi_suffix, strptime(fields[2], '%Y%m%d')::DATE AS day, TRY_CAST(fields[3:2 + {count}] AS DECIMAL(18, 3)[]) AS readings,
           fields[3 + {count}] AS quality
    FROM day_lines ASOF JOIN channels ON day_lines.n >= channels.n"""
ROWS = """CREATE OR REPLACE TABLE rows AS
    SELECT nmi, nmi_suffix, day + to_minutes((number - 1) * {minutes}) AS "timestamp", consumption, quality
    FROM (SELECT nmi, nmi_suffix, day, quality, unnest(readings) AS consumption, generate_subscripts(readings, 1) AS number FROM days)
    ORDER BY nmi, nmi_suffix, "timestamp" """


def there():
    """Whether scripts/duckdb has brought it. Without it the benchmark measures the rest."""
    return shutil.which("node") is not None and (BUILD / "duckdb" / "node_modules" / "@duckdb").is_dir()


class DuckDb:
    """A database in a file, in a process of its own that ends with the `with` block."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.process = subprocess.Popen(["node", ROOT / "bench" / "peers" / "duckdb.js", self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        bufsize=1, env=dict(os.environ, NODE_PATH=str(BUILD / "duckdb" / "node_modules")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.path.unlink(missing_ok=True)

    def _ask(self, sql, rows):
        self.process.stdin.write(json.dumps({"sql": sql, "rows": rows}) + "\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"DuckDB ended at: {sql[:200]}")
        return json.loads(answer)

    def ms(self, sql):
        """How long it took until all of the result was there."""
        return self._ask(sql, False)["ms"]

    def rows(self, query):
        """Its rows, as texts."""
        return self._ask(f"SELECT COLUMNS(*)::VARCHAR FROM ({query})", True)["rows"]

    def load_days(self, files, minutes=5, threads=2):
        """Seconds to read the files into a table of days, each with a list of its readings."""
        self.ms(f"SET threads = {threads}")
        names = ", ".join(f"'{file}'" for file in files)
        self.ms("DROP TABLE IF EXISTS days")
        taken = self.ms("CREATE OR REPLACE TEMP TABLE lines AS " + LINES.format(names)) + self.ms(DAYS.format(count=1440 // minutes)) + self.ms("CHECKPOINT")
        self.ms("DROP TABLE lines")
        return taken / 1000

    def totals(self):
        """(readings, sum of all values) of the days."""
        (readings, total), = self.rows("SELECT sum(len(readings)), sum(list_sum(readings)) FROM days")
        return int(readings), total

    def make_rows(self, minutes=5):
        """A table of a row a reading, of the days."""
        self.ms(ROWS.format(minutes=minutes))

    def parquet_bytes(self, target):
        """Size of the rows as Parquet with zstd."""
        self.ms(f"COPY rows TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        size = os.path.getsize(target)
        os.unlink(target)
        return size

    def size(self):
        self.ms("CHECKPOINT")
        return self.path.stat().st_size
