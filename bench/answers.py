"""What analysts ask, over a large store: gaps, completeness, changed days, a month as it was known. From what growth made."""

from lib_bench import fresh_store, sql
import loading
import queries

LARGE = 5_000_000  # day rows
RUNS = 5


def measure(say, inputs, size):
    if sql("SELECT count(*) FROM pg_extension WHERE extname = 'nem12'") != "1" or int(sql("SELECT count(*) FROM nem12_interval_days")) < LARGE:
        fresh_store()
        loading.by_loader(2)([*inputs.make("answers", nmis=size.of(2000), days=31, start="20260301")])
    sql("VACUUM ANALYZE")
    rows, first, last, nmi = sql("SELECT count(*), date_trunc('month', max(interval_date))::date,"
                                 " (date_trunc('month', max(interval_date)) + interval '1 month -1 day')::date, max(nmi) FROM nem12_interval_days").split("|")
    token, moment = sql("SELECT pg_current_snapshot(), now()").split("|")
    loading.by_loader(2)([*inputs.make("later", nmis=size.of(400), days=1, first_nmi=0, start="20260501")])
    changed = sql(f"SELECT count(*) FROM nem12_changed_days('{token}')")
    asked = [
        (f"gaps of all channels, {first} to {last}", f"SELECT count(*) FROM nem12_gaps('{first}', '{last}')"),
        (f"completeness of all channels, {first} to {last}", f"SELECT count(*), sum(consumption) FROM nem12_completeness('{first}', '{last}')"),
        (f"changed days since a token, {int(changed):,} of them", f"SELECT count(*) FROM nem12_changed_days('{token}')"),
        ("one NMI's month as it was known at a moment",
         f"SELECT count(*), sum(consumption) FROM nem12_readings_as_of('{nmi}', '{first}', '{last}', '{moment}')"),
    ]
    say(f"\nAnswers from {int(rows):,} day rows, ms, median of {RUNS}, one core")
    results = []
    for name, query in asked:
        milliseconds = queries.time_ms(query, RUNS)
        results.append({"name": name, "ms": milliseconds})
        say(f"  {name:<62}{milliseconds:>10.1f}")
    return results
