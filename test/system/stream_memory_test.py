#!/usr/bin/env python3
"""A stream of any size: the backend's own memory stays below 64 MB, and all of it arrives."""

import os
import subprocess
import sys

import store

MEGABYTES = int(os.environ.get("NEM12_STREAM_MEGABYTES", "400"))
LIMIT_MB = 64
CHUNK = 4 << 20
CHANNELS, DAYS = 400, 28  # of one round; each round has other NMIs


def body():
    """Channels whose NMI starts with 40: the rounds replace it by their own number."""
    patterns = [",".join("0" if i < 60 else "%d.%03d" % (i * k % 3, i * 7919 * k % 1000) for i in range(288)) for k in range(1, 20)]
    chunks, chunk = [], ""
    for channel in range(CHANNELS):
        chunk += "200,400%07d,E1,1,E1,N1,METER%05d,kWh,5,\r\n" % (channel, channel)
        chunk += "".join("300,202402%02d,%s,A,,,20240301000000,\r\n" % (day + 1, patterns[(channel + day) % 19]) for day in range(DAYS))
        if len(chunk) >= CHUNK:
            chunks.append(chunk)
            chunk = ""
    return chunks + [chunk]


def test():
    store.sql("CREATE EXTENSION nem12; SELECT nem12_prepare_months('{2024-02-01}');")
    chunks = body()
    rounds = max(1, MEGABYTES * (1 << 20) // sum(map(len, chunks)))
    store.sql("CREATE TABLE chunk (id integer, content bytea); ALTER TABLE chunk ALTER content SET STORAGE EXTERNAL;")
    for number, chunk in enumerate(chunks):
        store.sql("INSERT INTO chunk VALUES (%d, %s);" % (number, store.bytea(chunk.encode())))
    psql = subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(statement):
        psql.stdin.write(statement + "\n")
        psql.stdin.flush()
        answer = psql.stdout.readline().strip()
        if not answer:
            sys.exit("psql ended at: %s" % statement)
        return answer

    backend = int(ask("SELECT pg_backend_pid();"))
    with store.PeakMemory(lambda: [backend]) as peak:
        ask("BEGIN; SELECT nem12_load_begin('huge.csv');")
        ask("SELECT length(nem12_load_chunk(E'100,NEM12,202403011200,MDA1,Ret1\\r\\n')::text);")
        for number in range(rounds):
            for chunk in range(len(chunks)):
                ask("SELECT length(nem12_load_chunk(convert_to(replace(convert_from(content, 'UTF8'), '200,400', '200,%d'), 'UTF8'))::text)"
                    " FROM chunk WHERE id = %d;" % (410 + number, chunk))
        ask("SELECT length(nem12_load_chunk(E'900\\r\\n')::text);")
        row = ask("SELECT days_inserted || ' ' || readings FROM nem12_load_end();")
    psql.stdin.write("COMMIT;\n")
    psql.stdin.close()
    psql.wait()
    days = rounds * CHANNELS * DAYS
    store.expect(row, "%d %d" % (days, days * 288), "loaded")
    store.expect(store.sql("SELECT count(*) FROM nem12_interval_days;"), [[str(days)]], "stored")
    megabytes = int(store.sql("SELECT bytes / 1048576 FROM nem12_files;")[0][0])
    print("%d MB streamed, %d readings; %d MB of private memory at most" % (megabytes, days * 288, peak.kb // 1024))
    if peak.kb // 1024 > LIMIT_MB:
        sys.exit("more than %d MB" % LIMIT_MB)


store.main(test)
