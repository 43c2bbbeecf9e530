"""What the system tests of the store share: a server of their own, SQL through psql, MDFFs made on the spot."""

import base64
import itertools
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts", "lib"))
from processes import PeakMemory  # noqa: E402,F401

SKIPPED = 77


def main(test, settings=""):
    """Runs `test` beside a private server with these settings: this program calls itself through scripts/with-servers."""
    if "NEM12_PG_DATA" not in os.environ:
        os.environ["NEM12_PG_CONF"] = "\n".join(filter(None, [os.environ.get("NEM12_PG_CONF"), settings]))
        with_servers = os.path.join(ROOT, "scripts", "with-servers")
        sys.exit(subprocess.call([with_servers, "--", sys.executable, os.path.abspath(sys.argv[0])] + sys.argv[1:]))
    test()


def use_batches_of(rows):
    """From now on sessions load with batches of so many parsed rows."""
    os.environ["PGOPTIONS"] = "-c nem12.batch_rows=%d" % rows


class SqlError(Exception):
    """A statement failed; `sqlstate` says how."""

    def __init__(self, message):
        super().__init__(message)
        self.sqlstate = message.split("ERROR:  ")[1][:5] if "ERROR:  " in message else None


def sql(text, database=None, check=True):
    """Runs SQL and returns its rows as lists of texts. `database`: a name or a conninfo; the test's own when None."""
    command = ["psql", "-XqAt", "-F", "\x1f", "-v", "VERBOSITY=verbose", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    if database:
        command += ["-d", database]
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0 and check:
        raise SqlError(done.stderr.decode(errors="replace"))
    return [line.split("\x1f") for line in done.stdout.decode().splitlines()]


class Session:
    """A connection that stays open: psql, fed line by line. Statements cost a thousandth of a second, not twenty."""

    END = "\x01"

    def __init__(self, database=None):
        command = ["psql", "-XqAt", "-F", "\x1f", "-v", "VERBOSITY=verbose"] + (["-d", database] if database else [])
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)

    def sql(self, text):
        """As sql() above. What follows a statement that failed is run all the same."""
        self.psql.stdin.write(text + "\n\\echo " + self.END + "\n")
        self.psql.stdin.flush()
        rows = []
        for line in self.psql.stdout:
            if line == self.END + "\n":
                failure = next((i for i, row in enumerate(rows) if "ERROR:  " in row[0]), None)
                if failure is not None:
                    raise SqlError("\n".join("\x1f".join(row) for row in rows[failure:]) + "\nin " + text[:1000])
                return rows
            rows.append(line.rstrip("\n").split("\x1f"))
        sys.exit("psql ended: " + text[:500])

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def bytea(content):
    return "decode('%s', 'base64')" % base64.b64encode(content).decode()


def load(content, database=None, **options):
    """nem12_load; returns its row as a dictionary."""
    arguments = ", ".join([bytea(content)] + ["%s => '%s'" % option for option in options.items()])
    row = sql("SELECT * FROM nem12_load(%s);" % arguments, database)[0]
    names = "file_id status days_inserted days_staged readings accumulation_reads skipped_records".split()
    return {name: value if name == "status" else int(value) for name, value in zip(names, row)}


def mdff(created, *channels):
    """An MDFF; a channel is (nmi, suffix, minutes, {date: [values as text]})."""
    lines = ["100,NEM12,%s,MDA1,Ret1" % created]
    for nmi, suffix, minutes, days in channels:
        lines.append("200,%s,%s,1,%s,N1,METSER123,kWh,%d,20300101" % (nmi, suffix, suffix, minutes))
        for date in sorted(days):
            lines.append("300,%s,%s,A,,,20240301000000," % (date, ",".join(days[date])))
    lines.append("900")
    return "".join(line + "\r\n" for line in lines).encode()


def expect(got, wanted, what):
    if got != wanted:
        sys.exit("%s: got %r, expected %r" % (what, got, wanted))


# SQL: all that the tables hold of a file, as text, but what differs from load to load: numbers from sequences, times of the clock,
# and the SHA-256, which a stream may not know before its end.
STORED_ROWS = """
CREATE FUNCTION stored_rows(file bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows_of_table text;
    result text := '';
    a_table regclass;
BEGIN
    FOREACH a_table IN ARRAY ARRAY['nem12_files', 'nem12_interval_days', 'nem12_staging_days', 'nem12_b2b_details', 'nem12_errors',
                                   'nem12_accumulation_reads', 'nem12_staging_reads', 'nem12_channel_details']::regclass[] LOOP
        EXECUTE format($q$
            SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
                SELECT (to_jsonb(t) - '{sha256,file_id,staging_id,error_id,loaded_at,staged_at,occurred_at}'::text[])::text AS line
                FROM %s AS t WHERE %s) AS lines
            $q$, a_table, CASE a_table WHEN 'nem12_channel_details'::regclass THEN 'true' ELSE 't.file_id = $1' END) INTO rows_of_table USING file;
        result := result || a_table || E'\\n' || coalesce(rows_of_table, '') || E'\\n';
    END LOOP;
    RETURN result;
END
$$;
"""


def wait_until(what, condition, seconds=120, log=None):
    """`log`: of a server, whose errors are shown when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            if log:
                with open(log, encoding="utf-8", errors="replace") as lines:
                    print("".join([line for line in lines if "ERROR" in line or "FATAL" in line][-10:]))
            sys.exit("not within %d s: %s" % (seconds, what))
        time.sleep(0.1)


class SecondServer:
    """Another PostgreSQL beside the test's own, made from it by pg_basebackup; with-servers stops it if the test does not."""

    ports = itertools.count(5433)

    def __init__(self, name, *options):
        self.folder = os.path.join(os.environ["NEM12_SERVERS"], name)
        self.log = self.folder + ".log"
        self.port = next(self.ports)
        self.control("exec", "pg_basebackup", "-D", self.folder, "--checkpoint=fast", *options)
        self.configure("port = %d" % self.port)
        self.control("start")

    def configure(self, lines):
        self.control("exec", "tee", "-a", os.path.join(self.folder, "postgresql.conf"), text=lines + "\n")

    def control(self, *words, text=""):
        """scripts/private-postgres for this server."""
        environment = dict(os.environ, NEM12_PG_DATA=self.folder, NEM12_PG_LOG=self.log)
        subprocess.run([os.path.join(ROOT, "scripts", "private-postgres"), *words], env=environment, check=True, input=text.encode(),
                       stdout=subprocess.DEVNULL)

    def database(self, name="nem12"):
        """For sql() and load()."""
        return "port=%d dbname=%s" % (self.port, name)
