// Measures graphile-worker: jobs that do nothing, taken and completed, per second, in the measured time.
// Arguments: jobs, warm-up seconds, measured seconds, concurrency, local queue size (0: a statement for each job).
// Prints one line of JSON. The database is given by DATABASE_URL.
import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";

const [jobs, warmUp, seconds, concurrency, localQueue] = process.argv.slice(2).map(Number);
const SCHEMA = "bench_graphile";
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const quiet = new Logger(() => () => {});

let done = 0;
const taskList = {
  noop: async () => {
    done++;
  },
};
const worker = { schema: SCHEMA, concurrentJobs: concurrency, pollInterval: 100, maxPoolSize: 10 };
if (localQueue > 0) {
  worker.localQueue = { size: localQueue };
  worker.completeJobBatchDelay = 0;
  worker.failJobBatchDelay = 0;
}
const preset = { worker };

await pool.query(`drop schema if exists ${SCHEMA} cascade`);
await runMigrations({ preset, pgPool: pool, logger: quiet });
await pool.query(
  `select 1 from ${SCHEMA}.add_jobs(array(
     select (('noop', '{}', null, null, null, null, null, null)::${SCHEMA}.job_spec) from generate_series(1, $1)), false)`,
  [jobs],
);
await pool.query(`vacuum analyze ${SCHEMA}._private_jobs`);

const sleep = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000));
const runner = await run({ preset, pgPool: pool, taskList, logger: quiet, noHandleSignals: true });
await sleep(warmUp);
const before = done;
const began = process.hrtime.bigint();
await sleep(seconds);
const took = Number(process.hrtime.bigint() - began) / 1e9;
const finished = done - before;
const leftOver = jobs - done;
await runner.stop();
await sleep(1); // completions that were under way may still come
await pool.query(`drop schema if exists ${SCHEMA} cascade`);
await pool.end();
console.log(JSON.stringify({ perSecond: finished / took, jobs: finished, seconds: took, leftOver }));
