#!/usr/bin/env python3
"""Randomly damaged nem12_values images through the wire form (COPY BINARY): refused cleanly, or a day that is whole."""

import os
import random
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASES = 4000
SIGNATURE = b"PGCOPY\n\377\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)

DAYS = """
SELECT v::numeric[]::nem12_values FROM (VALUES
    ('{0}'), ('{1.5,-2.25}'), ('{999999999999999999,-999999999999999999}'), ('{0.0000001}')) AS x(v)
UNION ALL
SELECT array_agg(round(((i * 7919 + n * 31) % 2500 - 100 * (n % 2))::numeric / 1000, 3))::nem12_values
FROM generate_series(1, 12) AS n, generate_series(1, 24 * n) AS i GROUP BY n
UNION ALL
SELECT array_agg(CASE WHEN i % 48 < 20 THEN 0 ELSE i * 0.001 END)::nem12_values FROM generate_series(1, 288) AS i
"""

CHECK = """
CREATE TEMP TABLE received (v nem12_values);
CREATE TEMP TABLE outcomes (outcome text);
DO $$
DECLARE
    image nem12_values;
BEGIN
    FOR i IN 0..{last} LOOP
        BEGIN
            DELETE FROM received;
            EXECUTE format('COPY received FROM %L (FORMAT binary)', '{folder}/' || i);
            SELECT v INTO STRICT image FROM received;
            IF image::text::nem12_values <> image OR image::numeric[]::nem12_values <> image
               OR nem12_sum(image) <> (SELECT sum(value) FROM nem12_unpack(image))
               OR nem12_sum_days(image) <> nem12_sum(image)
               OR nem12_value(image, nem12_count(image)) <> (image::numeric[])[nem12_count(image)] THEN
                RAISE 'image % was taken, but is not the canonical form of its values', i;
            END IF;
            INSERT INTO outcomes VALUES ('accepted');
        EXCEPTION WHEN invalid_binary_representation THEN
            INSERT INTO outcomes VALUES ('refused');
        END;
    END LOOP;
END $$;
SELECT count(*) FILTER (WHERE outcome = 'accepted'), count(*) FILTER (WHERE outcome = 'refused') FROM outcomes;
"""


def psql(sql):
    return subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=sql.encode(), stdout=subprocess.PIPE, check=True
    ).stdout


def images(copy_output):
    """The fields of a binary COPY of one column."""
    assert copy_output.startswith(SIGNATURE[:11])
    at = len(SIGNATURE)
    found = []
    while copy_output[at : at + 2] != TRAILER:
        (length,) = struct.unpack_from("!i", copy_output, at + 2)
        found.append(copy_output[at + 6 : at + 6 + length])
        at += 6 + length
    return found


def damaged(image, others, rng):
    image = bytearray(image)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(image) + 1)
        kind = rng.randrange(7)
        if kind == 0 and at < len(image):
            image[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(image):
            image[at] = rng.choice([0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF, rng.randrange(256)])
        elif kind == 2:
            del image[at:]
        elif kind == 3:
            image += bytes(rng.randrange(256) for _ in range(rng.randrange(1, 20)))
        elif kind == 4 and len(image) > 4:
            struct.pack_into("<H", image, 2, rng.choice([0, 1, 15, 16, 17, 48, 287, 288, 289, 65535]))
        elif kind == 5:
            other = rng.choice(others)
            image[at:] = other[rng.randrange(len(other) + 1) :]
        else:
            image = bytearray(rng.randrange(256) for _ in range(rng.randrange(40)))
    return bytes(image)


def main():
    if "NEM12_SERVERS" not in os.environ:
        os.execv(os.path.join(ROOT, "scripts/with-servers"), ["with-servers", "--", os.path.abspath(__file__)])
    psql("CREATE EXTENSION nem12")
    whole = images(psql(f"COPY ({DAYS}) TO STDOUT (FORMAT binary)"))
    assert len(whole) == 17

    seed = int(os.environ.get("SEED", "12"))
    rng = random.Random(seed)
    folder = os.path.join(os.environ["NEM12_SERVERS"], "images")
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    for i in range(CASES):
        image = whole[i] if i < len(whole) else damaged(rng.choice(whole), whole, rng)
        path = os.path.join(folder, str(i))
        with open(path, "wb") as file:
            file.write(SIGNATURE + struct.pack("!hi", 1, len(image)) + image + TRAILER)
        os.chmod(path, 0o644)

    answer = psql(CHECK.format(last=CASES - 1, folder=folder)).decode().strip()
    accepted, refused = map(int, answer.split("|"))
    print(f"seed {seed}: {accepted} accepted, {refused} refused")
    assert accepted >= len(whole) and refused > CASES / 4 and accepted + refused == CASES


if __name__ == "__main__":
    sys.exit(main())
