// DuckDB as a process: node duckdb.js DATABASE. Reads a statement a line (JSON: {sql, rows}), answers a line {ms, rows}: how long it took
// until all of the result was there, and the result if it was asked for.
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
    const connection = await (await DuckDBInstance.create(process.argv[2])).connect();
    for await (const line of require('readline').createInterface({ input: process.stdin })) {
        const { sql, rows } = JSON.parse(line);
        const begin = process.hrtime.bigint();
        const reader = await connection.runAndReadAll(sql);
        const ms = Number(process.hrtime.bigint() - begin) / 1e6;
        console.log(JSON.stringify({ ms, rows: rows ? reader.getRows() : [] }));
    }
})().catch(error => { console.error(String(error)); process.exit(1); });
