CREATE TABLE monitor (id INTEGER PRIMARY KEY, name VARCHAR(150), active BOOLEAN DEFAULT 1, interval INTEGER DEFAULT 20, url TEXT, type VARCHAR(20), weight INTEGER,
 hostname VARCHAR(255), port INTEGER, keyword VARCHAR(255), maxretries INTEGER DEFAULT 0, ignore_tls BOOLEAN DEFAULT 0, upside_down BOOLEAN DEFAULT 0, maxredirects INTEGER DEFAULT 10,
 accepted_statuscodes_json TEXT DEFAULT '["200-299"]', dns_resolve_type VARCHAR(5), dns_resolve_server VARCHAR(255), retry_interval INTEGER DEFAULT 0, push_token VARCHAR(20),
 method TEXT DEFAULT 'GET', body TEXT, headers TEXT, basic_auth_user TEXT, basic_auth_pass TEXT, proxy_id INTEGER, expiry_notification BOOLEAN DEFAULT 1, resend_interval INTEGER DEFAULT 0,
 auth_method VARCHAR(250), database_connection_string TEXT, database_query TEXT);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT, color TEXT);
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
CREATE TABLE notification (id INTEGER PRIMARY KEY, name TEXT, config TEXT, active BOOLEAN DEFAULT 1, is_default BOOLEAN DEFAULT 0);
CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER, notification_id INTEGER);
CREATE TABLE "group" (id INTEGER PRIMARY KEY, name TEXT, public BOOLEAN, active BOOLEAN, weight INTEGER);
CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER, group_id INTEGER, weight INTEGER);
CREATE TABLE setting (id INTEGER PRIMARY KEY, key TEXT, value TEXT, type TEXT);
CREATE TABLE proxy (id INTEGER PRIMARY KEY, protocol TEXT, host TEXT, port INTEGER, active BOOLEAN);
INSERT INTO setting (key, value) VALUES ('tlsExpiryNotifyDays', '[7,14,30]');
INSERT INTO proxy VALUES (1, 'http', '10.0.0.99', 3128, 1);
INSERT INTO tag VALUES (1, 'team', '#fff'), (2, 'prod env', '#000');
INSERT INTO "group" VALUES (1, 'Public services', 1, 1, 1);
INSERT INTO monitor (id, name, type, url, interval, maxretries, retry_interval, method, headers, body, basic_auth_user, basic_auth_pass, accepted_statuscodes_json) VALUES
 (1, 'Shop, front page', 'http', 'https://shop.example.com/health', 60, 2, 30, 'GET', '', '', 'probe', 's3cret-password', '["200-299","301"]'),
 (2, 'Shop API', 'keyword', 'https://shop.example.com/api', 60, 0, 60, 'POST', '{"X-Api-Key":"s3cret-key-1","Accept":"application/json"}', '{"ping":true}', NULL, NULL, '["200"]');
UPDATE monitor SET keyword = 'pong' WHERE id = 2;
UPDATE monitor SET ignore_tls = 1, proxy_id = 1, resend_interval = 3 WHERE id = 2;
INSERT INTO monitor (id, name, type, hostname, port, interval, maxretries) VALUES (3, 'shop, FRONT page', 'port', 'db1.example.com', 5432, 20, 0), (4, 'Router', 'ping', '192.0.2.1', NULL, 60, 3);
INSERT INTO monitor (id, name, type, hostname, port, dns_resolve_type, dns_resolve_server) VALUES (5, 'MX', 'dns', 'example.com', 53, 'MX', '1.1.1.1'), (6, 'A of two', 'dns', 'example.com', 53, 'A', '1.1.1.1, 9.9.9.9');
INSERT INTO monitor (id, name, type, push_token, interval, maxretries, retry_interval) VALUES (7, 'Nightly backup', 'push', 'Ab3dEf9h1J', 86400, 1, 3600);
INSERT INTO monitor (id, name, type, url, active) VALUES (8, 'Old site', 'http', 'http://old.example.com', 0);
INSERT INTO monitor (id, name, type, url, upside_down) VALUES (9, 'Must be closed', 'http', 'http://closed.example.com', 1);
INSERT INTO monitor (id, name, type) VALUES (10, 'Minecraft', 'gamedig'), (11, 'Queue', 'kafka-producer'), (12, NULL, NULL);
INSERT INTO monitor (id, name, type, url, auth_method) VALUES (13, 'Intranet', 'http', 'http://intranet.example.com', 'ntlm');
INSERT INTO monitor (id, name, type, database_connection_string, database_query) VALUES (14, 'Billing DB', 'postgres', 'postgres://monitor:s3cret-db@db2.example.com:5433/billing?sslmode=require', 'SELECT count(*) FROM invoice'), (15, 'Odd DB', 'postgres', 'host=db user=x', NULL);
INSERT INTO monitor (id, name, type, url) VALUES (16, 'Token in address', 'http', 'https://api.example.com/v1?access_token=s3cret-t'), (17, 'Login in address', 'http', 'https://bob:s3cret-bob@files.example.com/'), (18, 'No address', 'http', 'https://');
INSERT INTO monitor_tag (monitor_id, tag_id, value) VALUES (1, 1, 'web; core'), (1, 2, ''), (4, 1, 'net');
INSERT INTO monitor_group (monitor_id, group_id) VALUES (1, 1), (2, 1);
INSERT INTO notification (id, name, config) VALUES
 (1, 'Ops chat', '{"type":"telegram","telegramBotToken":"12345:s3cret-bot","telegramChatID":"-1001234"}'), (2, 'Mail', '{"type":"smtp","smtpHost":"mail.example.com","smtpTo":"ops@example.com","smtpPassword":"s3cret"}'),
 (3, 'Slack', '{"type":"slack","slackwebhookURL":"https://hooks.example.com/s3cret"}'), (4, 'Hook', '{"type":"webhook"}'), (5, 'Teams', '{"type":"teams"}'), (6, 'Broken', 'not json');
INSERT INTO monitor_notification (monitor_id, notification_id) VALUES (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (1, 2);
