-- Questions to the log, for ClickHouse 24 or later. In the folder of the log, without a server:
--   clickhouse local --queries-file clickhouse.sql
-- For another file, or the logs of many machines, put its name or a pattern in place of 'errors.jsonl' ('logs/*.jsonl').
CREATE TEMPORARY TABLE errors AS
SELECT parseDateTime64BestEffort(`@timestamp`, 3, 'UTC') AS occurred, `error.type` AS type, `baas.user` AS user, `http.request.id` AS request_id,
       `http.request.method` AS method, `url.template` AS template, `http.request.resend_count` AS resend_count, `baas.fingerprint` AS fingerprint
FROM file('errors.jsonl', 'JSONEachRow', '`@timestamp` String, `error.type` String, `baas.user` String, `http.request.id` String,
    `http.request.method` String, `url.template` String, `http.request.resend_count` UInt32, `baas.fingerprint` String, `baas.injected` String')
WHERE `baas.injected` = '' SETTINGS input_format_skip_unknown_fields = 1;

-- Errors by type and hour
SELECT type, toStartOfHour(occurred) AS hour, count() AS errors FROM errors GROUP BY type, hour ORDER BY hour, errors DESC, type;

-- Users hit, by type and endpoint
SELECT type, method, template, count() AS errors, uniqExactIf(user, user != '') AS users, min(occurred) AS since, max(occurred) AS last
FROM errors GROUP BY type, method, template ORDER BY users DESC, errors DESC, type LIMIT 20;

-- Request ids of the log's last hour, to quote to the vendor's support
SELECT occurred, type, method, template, request_id FROM errors
WHERE request_id != '' AND occurred > (SELECT max(occurred) FROM errors) - INTERVAL 1 HOUR ORDER BY occurred;

-- Retry storms: the same error five times or more within a minute, of one user
SELECT toStartOfMinute(occurred) AS minute, any(type) AS type, any(method) AS method, any(template) AS template, user, count() AS errors,
       max(resend_count) AS repeats
FROM errors GROUP BY minute, fingerprint, user HAVING errors >= 5 ORDER BY errors DESC, minute LIMIT 20;
