PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(6,5,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(7,6,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(8,7,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(9,8,1,'2026-11-30 10:26:08');
INSERT INTO goose_db_version VALUES(10,9,1,'2026-11-30 10:26:08');
CREATE TABLE counter (
    name  text PRIMARY KEY,
    value bigint NOT NULL
);
INSERT INTO counter VALUES('telling',16);
INSERT INTO counter VALUES('audit',3);
CREATE TABLE check_state (
    id   text PRIMARY KEY,
    body text NOT NULL
);
INSERT INTO check_state VALUES('main-db','{"phase":"down","remembered":true,"since":"2026-11-30T10:27:07.104948035Z","failed_since":"2026-11-30T10:27:06.102560038Z","status":"fail","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"at":"2026-11-30T10:27:07.104948035Z"}');
INSERT INTO check_state VALUES('clientB/store@web6','{"phase":"ok","remembered":true,"since":"2026-11-30T10:27:06.202788365Z","status":"ok","reason":{"code":"net.refused","args":{"addr":"127.0.88.6:8804","took":"100µs"}},"at":"2026-11-30T10:27:06.202788365Z"}');
INSERT INTO check_state VALUES('clientA/store@web1','{"phase":"down","remembered":true,"since":"2026-11-30T10:26:32.601251142Z","failed_since":"2026-11-30T10:26:32.017357162Z","status":"fail","reason":{"code":"net.refused","args":{"addr":"127.0.88.1:8804","took":"200µs"}},"at":"2026-11-30T10:26:32.601251142Z"}');
CREATE TABLE incident (
    id        bigint PRIMARY KEY,
    key       text NOT NULL,
    opened_at bigint NOT NULL,
    closed_at bigint NOT NULL,
    body      text NOT NULL
);
INSERT INTO incident VALUES(1,'burst:1',1796034392010,0,'{"id":1,"kind":"burst","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"burst","args":{"hosts":"3","sources":"icinga"}},"opened_at":"2026-11-30T10:26:32.010331742Z","affected":[{"client":"clientA","service":"analytics","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"reports","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"store","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"support","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"}],"burst":{"sources":["icinga"],"since":"2026-11-30T10:26:31.958Z","last_at":"2026-11-30T10:26:32.010331742Z","events":3,"standing":3,"acked":3,"hosts":["web1","web2"],"hosts_all":2,"strangers":["db9"],"unknown":1,"looks":{"confirmed":2},"checked":"2026-11-30T10:26:32.260702686Z","done":16,"total":16,"clients":1,"down":0,"services":4,"spared":0,"worst":[{"client":"clientA","service":"analytics","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"reports","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"store","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"support","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"}],"cause":{"marks":["rack=r1"],"failed":8,"of":8,"fine":0},"guides":[{"client":"clientA","tier":"gold","runbook":"https://wiki.example.com/clientA","contacts":["+7 495 000-00-00, duty manager of clientA"]}],"replies":[{"code":"reply.acked","args":{"count":"3","source":"icinga"}}]},"ack":{"user":1001,"name":"Anna","at":"2026-11-30T10:26:40.003027711Z"}}');
INSERT INTO incident VALUES(2,'check:licence',1796034393813,0,'{"id":2,"kind":"check","check":"licence","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"web.body","args":{"addr":"127.0.88.102:8090","took":"400µs","want":"\"is_available\":true"}},"opened_at":"2026-11-30T10:26:33.813824219Z","failing":[{"check":"licence","reason":{"code":"web.body","args":{"addr":"127.0.88.102:8090","took":"400µs","want":"\"is_available\":true"}},"since":"2026-11-30T10:26:33.813390732Z"}],"comment":"renew it with the vendor"}');
INSERT INTO incident VALUES(3,'host:web1',1796034394750,0,'{"id":3,"kind":"host","client":"","service":"","host":"web1","severity":"critical","worst":"critical","reason":{"code":"host.refuses","args":{"failed":"4","host":"web1","total":"4"}},"opened_at":"2026-11-30T10:26:34.75020562Z","parent":1,"failing":[{"check":"clientA/analytics@web1","reason":{"code":"net.refused","args":{"addr":"127.0.88.1:8803","took":"500µs"}},"since":"2026-11-30T10:26:32.701556589Z"},{"check":"clientA/reports@web1","reason":{"code":"net.refused","args":{"addr":"127.0.88.1:8801","took":"0s"}},"since":"2026-11-30T10:26:32.801100073Z"},{"check":"clientA/store@web1","reason":{"code":"net.refused","args":{"addr":"127.0.88.1:8804","took":"0s"}},"since":"2026-11-30T10:26:32.601251142Z"},{"check":"clientA/support@web1","reason":{"code":"net.refused","args":{"addr":"127.0.88.1:8802","took":"100µs"}},"since":"2026-11-30T10:26:32.601252977Z"}],"affected":[{"client":"clientA","service":"analytics","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"reports","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"store","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"},{"client":"clientA","service":"support","up":2,"failed":2,"unknown":0,"verdict":"at_risk","need":2,"tier":"gold"}]}');
INSERT INTO incident VALUES(5,'host:web6',1796034403250,1796034426203,'{"id":5,"kind":"host","client":"","service":"","host":"web6","severity":"warning","worst":"warning","reason":{"code":"host.refuses","args":{"failed":"2","host":"web6","total":"2"}},"opened_at":"2026-11-30T10:26:43.250911217Z","closed_at":"2026-11-30T10:27:06.203303188Z","failing":[{"check":"clientB/reports@web6","reason":{"code":"net.refused","args":{"addr":"127.0.88.6:8801","took":"100µs"}},"since":"2026-11-30T10:26:41.603822965Z"},{"check":"clientB/store@web6","reason":{"code":"net.refused","args":{"addr":"127.0.88.6:8804","took":"100µs"}},"since":"2026-11-30T10:26:41.206671398Z"}],"affected":[{"client":"clientB","service":"reports","up":2,"failed":1,"unknown":0,"verdict":"degraded","need":1,"tier":"normal"},{"client":"clientB","service":"store","up":2,"failed":1,"unknown":0,"verdict":"degraded","need":1,"tier":"normal"}]}');
INSERT INTO incident VALUES(6,'check:main-db',1796034427105,0,'{"id":6,"kind":"check","check":"main-db","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"opened_at":"2026-11-30T10:27:07.105181888Z","failing":[{"check":"main-db","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"since":"2026-11-30T10:27:07.104948035Z"}],"comment":"call the DBA on duty"}');
CREATE TABLE card (
    incident bigint NOT NULL,
    channel  text NOT NULL,
    chat     bigint NOT NULL,
    topic    bigint NOT NULL,
    message  bigint NOT NULL,
    down     bigint NOT NULL,
    severity text NOT NULL, reminded bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (incident, channel, chat, topic)
);
INSERT INTO card VALUES(1,'telegram',-1001000000002,2,5,1,'critical',0);
INSERT INTO card VALUES(1,'telegram',-1001000000001,2,7,1,'critical',0);
INSERT INTO card VALUES(2,'telegram',-1001000000002,2,4,1,'critical',0);
INSERT INTO card VALUES(2,'telegram',-1001000000001,2,6,1,'critical',0);
INSERT INTO card VALUES(3,'telegram',-1001000000002,2,0,0,'info',0);
INSERT INTO card VALUES(3,'telegram',-1001000000001,2,0,0,'info',0);
INSERT INTO card VALUES(4,'telegram',-1001000000002,2,0,0,'info',0);
INSERT INTO card VALUES(4,'telegram',-1001000000001,2,0,0,'info',0);
INSERT INTO card VALUES(5,'telegram',-1001000000002,2,6,1,'warning',0);
INSERT INTO card VALUES(5,'telegram',-1001000000001,2,12,1,'warning',0);
INSERT INTO card VALUES(6,'telegram',-1001000000002,2,0,1,'critical',0);
INSERT INTO card VALUES(6,'telegram',-1001000000001,2,0,1,'critical',0);
CREATE TABLE mute (
    id       bigint PRIMARY KEY,
    chat     bigint NOT NULL,
    ended_at bigint NOT NULL,
    body     text NOT NULL
);
INSERT INTO mute VALUES(1,-1001000000001,0,'{"id":1,"selector":{"clients":["clientC"]},"owner":1001,"owner_name":"Anna","chat":-1001000000001,"topic":2,"reason":"update","from":"2026-11-30T10:26:31.974749114Z","until":"2026-11-30T12:26:31.974749114Z"}');
CREATE TABLE telling (
    id         bigint PRIMARY KEY,
    kind       text NOT NULL,
    incident   bigint NOT NULL,
    channel    text NOT NULL,
    chat       bigint NOT NULL,
    topic      bigint NOT NULL,
    severity   text NOT NULL,
    silent     bigint NOT NULL,
    created    bigint NOT NULL,
    not_before bigint NOT NULL,
    retry_at   bigint NOT NULL,
    attempts   bigint NOT NULL,
    trying     bigint NOT NULL,
    again      bigint NOT NULL,
    fact       text NOT NULL
, lane text NOT NULL DEFAULT '');
INSERT INTO telling VALUES(11,'edit',5,'telegram',-1001000000001,2,'warning',1,1796034426203,0,1796034440981,6,0,0,'{"incident":{"id":5,"kind":"host","client":"","service":"","host":"web6","severity":"warning","worst":"warning","reason":{"code":"host.refuses","args":{"failed":"2","host":"web6","total":"2"}},"opened_at":"2026-11-30T10:26:43.250911217Z","closed_at":"2026-11-30T10:27:06.203303188Z","failing":[{"check":"clientB/reports@web6","reason":{"code":"net.refused","args":{"addr":"127.0.88.6:8801","took":"100µs"}},"since":"2026-11-30T10:26:41.603822965Z"},{"check":"clientB/store@web6","reason":{"code":"net.refused","args":{"addr":"127.0.88.6:8804","took":"100µs"}},"since":"2026-11-30T10:26:41.206671398Z"}],"affected":[{"client":"clientB","service":"reports","up":2,"failed":1,"unknown":0,"verdict":"degraded","need":1,"tier":"normal"},{"client":"clientB","service":"store","up":2,"failed":1,"unknown":0,"verdict":"degraded","need":1,"tier":"normal"}]}}','');
INSERT INTO telling VALUES(15,'open',6,'telegram',-1001000000001,2,'critical',0,1796034427105,0,0,0,0,0,'{"incident":{"id":6,"kind":"check","check":"main-db","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"opened_at":"2026-11-30T10:27:07.105181888Z","failing":[{"check":"main-db","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"since":"2026-11-30T10:27:07.104948035Z"}],"comment":"call the DBA on duty"}}','');
INSERT INTO telling VALUES(16,'open',6,'telegram',-1001000000002,2,'critical',0,1796034427105,0,0,0,0,0,'{"incident":{"id":6,"kind":"check","check":"main-db","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"opened_at":"2026-11-30T10:27:07.105181888Z","failing":[{"check":"main-db","reason":{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}},"since":"2026-11-30T10:27:07.104948035Z"}],"comment":"call the DBA on duty"}}','');
CREATE TABLE dead_letter (
    id      bigint PRIMARY KEY,
    buried  bigint NOT NULL,
    why     text NOT NULL,
    telling text NOT NULL
);
CREATE TABLE paired_chat (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE paired_user (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE audit (
    id   bigint PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
INSERT INTO audit VALUES(1,1796034391974,'{"at":"2026-11-30T10:26:31.974797524Z","actor":{"user":1001,"name":"Anna","chat":-1001000000001,"topic":2,"via":"chat","language":"en","role":"admin"},"action":"mute","target":"clientC","after":"2h update","result":"ok"}');
CREATE TABLE intake (
    id     bigint PRIMARY KEY,
    at     bigint NOT NULL,
    done   bigint NOT NULL,
    poison text NOT NULL,
    raw    text NOT NULL
);
INSERT INTO intake VALUES(700,1796034391974,0,'','{"update_id":700}');
CREATE TABLE schedule_slot (
    expression text PRIMARY KEY,
    due        bigint NOT NULL
);
CREATE TABLE dns_answer (
    name text PRIMARY KEY,
    body text NOT NULL
);
CREATE TABLE button (
    id      text PRIMARY KEY,
    expires bigint NOT NULL,
    body    text NOT NULL
);
INSERT INTO button VALUES('4xRG4q1elDcOis71kl05Dw',1797243993821,'{"action":"recheck","args":{"incident":"2"},"chat":-1001000000002,"expires":"2026-12-14T10:26:33.8214919Z"}');
INSERT INTO button VALUES('4hbnHryWGWlAytzN2E44IQ',1797244003254,'{"action":"recheck","args":{"incident":"5"},"chat":-1001000000002,"expires":"2026-12-14T10:26:43.254399919Z"}');
CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO setting VALUES('history.alive','1796034428823');
INSERT INTO setting VALUES('button_key','0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO setting VALUES('heartbeats_heard','2026-11-30T10:27:08Z');
INSERT INTO setting VALUES('inbound.told.prometheus','{}');
INSERT INTO setting VALUES('inbound.told.icinga','{"quiets":[{"mute":1,"mark":"x","asked":"2026-11-30T10:26:40Z","until":"2026-11-30T12:26:40Z"}],"acks":[{"incident":1,"at":"2026-11-30T10:26:40.003027711Z","done":3,"over":true}]}');
INSERT INTO setting VALUES('inbound.heard.icinga','2026-11-30T10:27:05Z');
INSERT INTO setting VALUES('inbound.heard.prometheus','2026-11-30T10:27:03Z');
CREATE TABLE heartbeat (
    id   text PRIMARY KEY,
    body text NOT NULL
);
CREATE TABLE detour (
    telling  bigint NOT NULL,
    incident bigint NOT NULL,
    channel  text NOT NULL,
    chat     bigint NOT NULL,
    topic    bigint NOT NULL,
    kind     text NOT NULL,
    told     text NOT NULL,
    PRIMARY KEY (telling, incident)
);
CREATE TABLE failing (
    channel text NOT NULL,
    chat    bigint NOT NULL,
    topic   bigint NOT NULL,
    since   bigint NOT NULL,
    PRIMARY KEY (channel, chat, topic)
);
INSERT INTO failing VALUES('telegram',-1001000000002,2,1796034426206);
INSERT INTO failing VALUES('telegram',-1001000000001,2,1796034426207);
CREATE TABLE event (
    source    text NOT NULL,
    id        text NOT NULL,
    seen_at   bigint NOT NULL,
    opened_at bigint NOT NULL,
    ended_at  bigint NOT NULL,
    incident  bigint NOT NULL,
    body      text NOT NULL,
    PRIMARY KEY (source, id)
);
INSERT INTO event VALUES('icinga','db9@1796030768716',1796034392010,1796034391958,0,1,'{"source":"icinga","id":"db9@1796030768716","object":"db9","names":["db9","127.0.88.99"],"title":"CRITICAL - 127.0.88.99: Host unreachable, packet loss 100%","labels":{"groups":"sandbox","role":"db"},"severity":"critical","opened_at":"2026-11-30T10:26:31.958Z","seen_at":"2026-11-30T10:26:32.01Z","confirmed_at":"2026-11-30T10:26:39.84Z","acked":true,"acked_by":"Anna","incident":1}');
CREATE TABLE transition (
    check_id text NOT NULL,
    at       bigint NOT NULL,
    phase    text NOT NULL,
    status   text NOT NULL,
    gone     bigint NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (check_id, at)
);
INSERT INTO transition VALUES('main-db',1796034368923,'ok','ok',0,'');
INSERT INTO transition VALUES('main-db',1796034426102,'failing','fail',0,'{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"600µs"}}');
INSERT INTO transition VALUES('main-db',1796034427104,'down','fail',0,'{"code":"net.refused","args":{"addr":"127.0.88.101:5432","took":"200µs"}}');
CREATE TABLE history_gap (
    from_at bigint PRIMARY KEY,
    to_at   bigint NOT NULL
);
INSERT INTO history_gap VALUES(0,1796034368810);
CREATE TABLE history_check (
    first bigint PRIMARY KEY,
    names text NOT NULL
);
CREATE TABLE history_pack (
    kind    bigint NOT NULL,
    grp     bigint NOT NULL,
    from_at bigint NOT NULL,
    to_at   bigint NOT NULL,
    body    bytea NOT NULL
);
CREATE TABLE report (
    telling bigint PRIMARY KEY,
    body    bytea NOT NULL
);
CREATE TABLE baseline (
    name text PRIMARY KEY,
    at   bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX incident_by_end ON incident (closed_at);
CREATE INDEX mute_by_end ON mute (ended_at);
CREATE INDEX telling_by_incident ON telling (incident);
CREATE INDEX telling_by_time ON telling (not_before);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX intake_by_state ON intake (done, at);
CREATE INDEX button_by_end ON button (expires);
CREATE INDEX detour_by_incident ON detour (incident);
CREATE INDEX event_by_end ON event (ended_at);
CREATE INDEX event_by_incident ON event (incident);
CREATE INDEX transition_by_time ON transition (at);
CREATE INDEX history_pack_by_group ON history_pack (kind, grp, from_at);
CREATE INDEX incident_by_key ON incident (key, opened_at);
CREATE INDEX baseline_by_time ON baseline (at);
CREATE INDEX telling_by_destination ON telling (channel, chat, topic, lane, id, not_before);
-- Written by hand beside what a run of version 9 left behind.
INSERT INTO incident VALUES(7,'blind',1796034430000,0,'{"id":7,"kind":"blind","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"blind","args":{"probes":"tcp:10.0.0.1:53","checks":"4"}},"opened_at":"2026-11-30T10:27:10Z"}');
INSERT INTO incident VALUES(8,'storm:8',1796034431000,0,'{"id":8,"kind":"storm","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"storm","args":{"total":"4","standing":"3"}},"opened_at":"2026-11-30T10:27:11Z","storm":{"total":4,"standing":3,"clients":1,"down":1,"services":1,"last_at":"2026-11-30T10:27:12Z","cause":{"marks":["rack=r1"],"failed":3,"of":3,"fine":0}}}');
INSERT INTO telling VALUES(20,'mute_end',0,'telegram',-1001000000001,2,'critical',0,1796034432000,0,0,0,0,0,'{"mute":{"id":1,"selector":{},"owner_name":"Anna","from":"2026-11-30T10:26:31Z","until":"2026-11-30T12:26:31Z"},"standing":[{"id":2,"kind":"check","check":"licence","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"web.body"},"opened_at":"2026-11-30T10:26:33Z"}]}','');
INSERT INTO telling VALUES(21,'daily',0,'telegram',-1001000000001,2,'info',1,1796034433000,1796070000000,0,0,0,0,'{"daily":{"troubles":[{"code":"trouble.unmapped","args":{"count":"1"}}]}}','');
INSERT INTO dead_letter VALUES(9,1796034434000,'chat_dead','{"id":9,"kind":"raise","incident":2,"to":{"channel":"telegram","chat":-1009},"severity":"critical","created":"2026-11-30T10:27:14Z","fact":{"incident":{"id":1,"kind":"burst","client":"","service":"","severity":"critical","worst":"critical","reason":{"code":"burst","args":{"hosts":"1","sources":"icinga"}},"opened_at":"2026-11-30T10:26:32Z","burst":{"sources":["icinga"],"deaf":["icinga"],"since":"2026-11-30T10:26:31Z","last_at":"2026-11-30T10:26:32Z","events":1,"standing":1,"hosts_all":0,"strangers":["db9"],"unknown":1,"placeless":["tunnel"],"nowhere":1,"looks":{"refuted":1},"done":0,"total":0,"clients":0,"down":0,"services":0,"spared":0}},"instead":{"to":{"channel":"telegram","chat":-1008},"name":"Ops"}},"attempts":1}');
INSERT INTO detour VALUES(15,6,'telegram',-1001000000001,2,'open','[{"channel":"email","name":"oncall"}]');
INSERT INTO button VALUES('hand',1896034434000,'{"action":"rearm","args":{"check":"licence"},"chat":-1001000000001,"expires":"2030-01-30T10:27:14Z"}');
INSERT INTO transition VALUES('licence',1796034434000,'ok','unknown',0,'{"code":"blind.unseen"}');
INSERT INTO setting VALUES('heartbeats_deaf','{"from":"2026-11-29T10:00:00Z","until":"2026-11-29T11:00:00Z"}');
COMMIT;
