#!/usr/bin/env python3
"""nem12_resample, + and - of packed days against Python's exact decimals. NEM12_CASES: questions of each kind (default 300);
NEM12_SEED: other random choices."""

import decimal
import os
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = int(os.environ.get("NEM12_CASES", "300"))
SEED = int(os.environ.get("NEM12_SEED", "1"))
MOST_DIGITS = 18  # of a value, without its sign
DECIMALS = 7

decimal.getcontext().prec = 60

# What a call returns, or its SQLSTATE.
ANSWER = """
CREATE EXTENSION nem12;
CREATE FUNCTION pg_temp.answer(question text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    values nem12_values;
BEGIN
    EXECUTE 'SELECT ' || question INTO values;
    RETURN values::numeric[]::text;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
"""


def random_day(dice, count, large):
    scale = dice.choice([0, 1, 3, 3, 5, 7])
    most = 10 ** (MOST_DIGITS - scale if large else dice.randint(0, 6))
    return [decimal.Decimal(0) if dice.random() < 0.2 else
            decimal.Decimal(dice.randint(-most + 1 if most > 1 else -1, most - 1 if most > 1 else 1) * 10 ** scale + dice.randint(0, 10 ** scale - 1))
            .scaleb(-scale) if dice.random() < 0.9 else decimal.Decimal(dice.randint(0, 9)).scaleb(-scale) for _ in range(count)]


def fits(day):
    """The values of a day share the decimals that any of them needs; with these none may have more than 18 digits."""
    scale = max(0, *(-value.normalize().as_tuple().exponent for value in day))
    return all(abs(value.scaleb(scale)) < 10 ** MOST_DIGITS for value in day)


def literal(day):
    return "'{" + ",".join(format(value, "f") for value in day) + "}'::nem12_values"


def resampled(day, count, method):
    if count < 1 or len(day) % count:
        return "22023"
    size = len(day) // count
    sums = [sum(day[at:at + size]) for at in range(0, len(day), size)]
    if method == "mean":
        sums = [(total / size).quantize(decimal.Decimal(1).scaleb(-DECIMALS), decimal.ROUND_HALF_UP) for total in sums]
    return sums if fits(sums) else "22003"


def combined(one, other, sign):
    if len(one) != len(other):
        return "2202E"
    both = [a + sign * b for a, b in zip(one, other)]
    return both if fits(both) else "22003"


def questions(dice):
    """(kind, SQL, what the model says)."""
    for _ in range(CASES):
        for method in ("sum", "mean"):
            count = dice.choice([24, 48, 96, 288])
            day, to = random_day(dice, count, dice.random() < 0.1), dice.choice([1, 2, 12, 24, 48, 48, 96, 7, 0, -1, 2 * count])
            yield method, f"nem12_resample({literal(day)}, {to}, '{method}')", resampled(day, to, method)
        for name, sign in (("+", 1), ("-", -1)):
            count = dice.choice([24, 48, 96, 288])
            one, other = (random_day(dice, count if dice.random() < 0.97 else 48, dice.random() < 0.1) for _ in range(2))
            yield name, f"{literal(one)} {name} {literal(other)}", combined(one, other, sign)


def agree(answer, expected):
    if isinstance(expected, str) or not answer.startswith("{"):
        return answer == expected
    return [decimal.Decimal(value) for value in answer[1:-1].split(",")] == expected


def main():
    if "NEM12_SERVERS" not in os.environ:
        os.execv(ROOT / "scripts/with-servers", ["with-servers", "--", os.path.abspath(__file__)])
    asked = list(questions(random.Random(SEED)))
    script = ANSWER + "".join("SELECT pg_temp.answer($q$%s$q$);\n" % sql for _, sql, _ in asked)
    answers = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=script, check=True, text=True,
                             capture_output=True).stdout.splitlines()
    assert len(answers) == len(asked)
    wrong = [(sql, answer, expected) for (_, sql, expected), answer in zip(asked, answers) if not agree(answer, expected)]
    for sql, answer, expected in wrong[:5]:
        print(f"FAILED: {sql}\n  is       {answer}\n  expected {expected}")
    kinds = {kind: sum(1 for one, _, expected in asked if one == kind and not isinstance(expected, str)) for kind, _, _ in asked}
    errors = {code: sum(1 for _, _, expected in asked if expected == code) for code in ("22023", "2202E", "22003")}
    print(f"seed {SEED}, {CASES} of each kind: with a result {kinds}, refused {errors}, {len(wrong)} differences")
    assert all(count > CASES // 3 for count in kinds.values()) and all(errors.values())
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
