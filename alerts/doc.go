// Package alerts turns results into incidents, and incidents into notifications. It judges checks, opens, attaches and ends
// incidents, and decides who is notified, of what and when, and what is only a silent edit of a card. docs/alerts.md has the
// rules, and stages.go their order.
//
// It must not know Telegram, SMTP or SQL, how a check is run or how a notification is sent. Its clock is handed in.
package alerts
