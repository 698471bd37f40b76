// Package alerts turns results into incidents, and incidents into tellings: it judges checks, opens, joins and ends
// incidents, and decides what is told, to whom, when, and what stays a silent edit. docs/alerts.md has the rules.
//
// It must not know Telegram, SMTP or SQL, how a check is run or how a telling is sent. Its clock is handed in.
package alerts
