-- Questions to the log, for DuckDB 1.2 or later. In the folder of the log:
--   duckdb < duckdb.sql
-- For another file, or the logs of many machines, put its name or a pattern here ('logs/*.jsonl').
SET VARIABLE log = 'errors.jsonl';

-- The log as a table. Texts that no question needs are left out: of a million errors each question takes less than a second.
CREATE OR REPLACE TABLE errors AS
SELECT "@timestamp"::TIMESTAMP AS occurred, "baas.backend" AS backend, "error.type" AS type, "error.code" AS code, "baas.finding" AS finding,
       "baas.fault" AS fault, "baas.user" AS "user", "baas.app" AS app, "http.request.id" AS request_id, "http.request.method" AS method,
       "url.template" AS template, "http.response.status_code" AS status, "http.request.resend_count" AS resend_count,
       "baas.fingerprint" AS fingerprint, "host.name" AS machine
FROM read_json(getvariable('log'), format = 'newline_delimited', columns = {
    "@timestamp": 'VARCHAR', "baas.backend": 'VARCHAR', "error.type": 'VARCHAR', "error.code": 'VARCHAR', "baas.finding": 'VARCHAR',
    "baas.fault": 'VARCHAR', "baas.user": 'VARCHAR', "baas.app": 'VARCHAR', "http.request.id": 'VARCHAR', "http.request.method": 'VARCHAR',
    "url.template": 'VARCHAR', "http.response.status_code": 'INTEGER', "http.request.resend_count": 'INTEGER', "baas.fingerprint": 'VARCHAR',
    "host.name": 'VARCHAR', "baas.injected": 'VARCHAR'})
WHERE "baas.injected" IS NULL;

-- Errors by type and hour
SELECT type, date_trunc('hour', occurred) AS hour, count(*) AS errors FROM errors GROUP BY type, hour ORDER BY hour, errors DESC, type;

-- Users hit, by type and endpoint
SELECT type, method, template, count(*) AS errors, count(DISTINCT "user") AS users, min(occurred) AS since, max(occurred) AS last
FROM errors GROUP BY type, method, template ORDER BY users DESC, errors DESC, type LIMIT 20;

-- Request ids of the log's last hour, to quote to the vendor's support
SELECT occurred, type, method, template, request_id FROM errors
WHERE request_id IS NOT NULL AND occurred > (SELECT max(occurred) FROM errors) - INTERVAL 1 HOUR ORDER BY occurred;

-- Retry storms: the same error five times or more within a minute, of one user
WITH storms AS (
    SELECT epoch(occurred)::BIGINT // 60 AS minute, fingerprint, "user", count(*) AS errors, max(resend_count) AS repeats
    FROM errors GROUP BY minute, fingerprint, "user" HAVING count(*) >= 5 ORDER BY errors DESC, minute LIMIT 20)
SELECT make_timestamp(minute * 60000000) AS minute, type, method, template, "user", errors, repeats
FROM storms JOIN (SELECT fingerprint, any_value(type) AS type, any_value(method) AS method, any_value(template) AS template
                  FROM errors GROUP BY fingerprint) USING (fingerprint)
ORDER BY errors DESC, minute;
