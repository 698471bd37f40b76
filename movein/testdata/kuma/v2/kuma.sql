CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN, interval INTEGER, url TEXT, type TEXT, hostname TEXT, port INTEGER, keyword TEXT, maxretries INTEGER, retry_interval INTEGER,
 accepted_statuscodes_json TEXT, maxredirects INTEGER, timeout DOUBLE, parent INTEGER, description TEXT, json_path TEXT, expected_value TEXT, json_path_operator TEXT, invert_keyword BOOLEAN,
 push_token TEXT, method TEXT, body TEXT, headers TEXT, http_body_encoding TEXT, auth_method TEXT, smtp_security TEXT, conditions TEXT, ip_family TEXT, ping_count INTEGER, expiry_notification BOOLEAN, dns_resolve_type TEXT, dns_resolve_server TEXT);
CREATE TABLE maintenance (id INTEGER PRIMARY KEY, title TEXT, description TEXT, active BOOLEAN, strategy TEXT, start_date TEXT, end_date TEXT, start_time TEXT, end_time TEXT, weekdays TEXT, days_of_month TEXT,
 interval_day INTEGER, cron TEXT, timezone TEXT, duration INTEGER);
CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER, maintenance_id INTEGER);
INSERT INTO monitor (id, name, type, active, parent) VALUES (1, 'EU', 'group', 1, NULL), (2, 'Off', 'group', 0, NULL);
INSERT INTO monitor (id, name, type, active, interval, url, maxretries, retry_interval, accepted_statuscodes_json, timeout, parent, description, expiry_notification, method, body, headers, http_body_encoding) VALUES
 (3, 'Search', 'http', 1, 30, 'https://search.example.com:8443/', 4, 15, '["200-299"]', 4.5, 1, 'Call the search team', 1, 'POST', 'q=1', '{"content-type":"application/x-www-form-urlencoded"}', 'form'),
 (4, 'In a group that is off', 'http', 1, 30, 'https://x.example.com', 0, 0, '["200-299"]', 48, 2, NULL, 1, 'GET', NULL, NULL, NULL);
INSERT INTO monitor (id, name, type, active, interval, url, json_path, expected_value, json_path_operator, maxretries, expiry_notification) VALUES
 (5, 'Queue length', 'json-query', 1, 60, 'http://q.example.com/stats', '$.queue.length', '100', '<', 1, 0),
 (6, 'State', 'json-query', 1, 60, 'http://q.example.com/state', 'state', 'ready', '==', 1, 0),
 (7, 'Flag', 'json-query', 1, 60, 'http://q.example.com/flag', '$', 'ok', 'contains', 1, 0),
 (8, 'Odd query', 'json-query', 1, 60, 'http://q.example.com/odd', '$sum(items.price)', '5', '==', 1, 0);
INSERT INTO monitor (id, name, type, active, interval, url, keyword, invert_keyword) VALUES (9, 'No error', 'keyword', 1, 60, 'http://e.example.com', 'error', 1);
INSERT INTO monitor (id, name, type, active, interval, hostname, port, smtp_security) VALUES (10, 'Mail', 'smtp', 1, 300, 'mx.example.com', 587, 'starttls'), (11, 'Mails', 'smtp', 1, 300, 'mx.example.com', 465, 'secure');
INSERT INTO monitor (id, name, type, active, interval, hostname, ping_count, ip_family) VALUES (12, 'v6', 'ping', 1, 60, '2001:db8::1', 3, 'ipv6');
INSERT INTO monitor (id, name, type, active, interval, push_token, maxretries) VALUES (13, 'Job', 'push', 1, 3600, 'AbCdEfGhIjKlMnOpQrStUvWxYz012345', 0);
INSERT INTO monitor (id, name, type, active, interval, hostname, dns_resolve_type, dns_resolve_server, port, conditions) VALUES (14, 'Name', 'dns', 1, 60, 'example.com', 'TXT', '2001:db8::53', 53, '[{"type":"expression","variable":"record","operator":"contains","value":"v=spf1"}]');
INSERT INTO maintenance VALUES
 (1, 'Weekly reboot', 'Kernel', 1, 'recurring-weekday', NULL, NULL, '23:30', '00:30', '[1,4]', '[]', NULL, '30 23 * * 1,4', 'Europe/Berlin', 3600),
 (2, 'By cron', '', 1, 'cron', NULL, NULL, NULL, NULL, '[]', '[]', NULL, '0 4 * * 0', 'America/New_York', 7200),
 (3, 'Once', '', 1, 'single', '2026-12-24 22:00:00', '2026-12-25 02:00:00', NULL, NULL, '[]', '[]', NULL, NULL, 'UTC', NULL),
 (4, 'By hand', '', 1, 'manual', NULL, NULL, NULL, NULL, '[]', '[]', NULL, NULL, 'UTC', NULL),
 (5, 'Last day', '', 1, 'recurring-day-of-month', NULL, NULL, '02:00', '03:00', '[]', '["1","lastDay1"]', NULL, NULL, 'UTC', 3600),
 (6, 'Daily', '', 1, 'recurring-interval', NULL, NULL, '02:00', '02:15', '[]', '[]', 1, NULL, 'SAME_AS_SERVER', 900),
 (7, 'Off', '', 0, 'recurring-interval', NULL, NULL, '02:00', '02:15', '[]', '[]', 1, NULL, 'UTC', 900),
 (8, 'About nothing', '', 1, 'recurring-interval', NULL, NULL, '02:00', '02:15', '[]', '[]', 1, NULL, 'UTC', 900),
 (9, 'Of what is off', '', 1, 'recurring-interval', NULL, NULL, '02:00', '02:15', '[]', '[]', 1, NULL, 'Europe/Berlin', 900);
INSERT INTO monitor_maintenance (monitor_id, maintenance_id) VALUES (3, 1), (5, 1), (3, 2), (3, 3), (3, 4), (3, 5), (10, 6), (3, 7), (4, 9);
