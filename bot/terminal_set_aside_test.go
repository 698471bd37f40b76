package bot_test

import (
	"strings"
	"testing"
	"time"

	"opsbot/bot"
	"opsbot/model"
	"opsbot/texts"
)

func TestRowsThatWereSetAside(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	plain := &bot.Plain{Texts: catalog, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return epoch }}
	if got := plain.SetAside("en", nil); got != "Nothing is set aside." {
		t.Errorf("none: %q", got)
	}
	rows := []model.SetAsideRow{
		{ID: 2, Table: "notification", Key: "41", At: epoch, Why: "snapshot: unexpected end of JSON input"},
		{ID: 1, Table: "card", Key: strings.Repeat("<b>&", 500), At: epoch, Why: strings.Repeat("x", 5000)},
	}
	for lang, want := range map[string]string{"en": "2 rows of the database could not be read and are set aside:", "ru": "2 строки базы не читаются и отложены:"} {
		got := plain.SetAside(lang, rows)
		if !strings.Contains(got, want) || !strings.Contains(got, "#2 notification 41, 12:00: snapshot: unexpected end of JSON input") || !strings.Contains(got, "opsbot set-aside drop") {
			t.Errorf("%s:\n%s", lang, got)
		}
		if len(got) > 2000 || !strings.Contains(got, "#1 card <b>&<b>&") {
			t.Errorf("%s: long or hostile content:\n%s", lang, got)
		}
	}
}

// TestIssuesOfTheDatabaseAreWords reads the health issues and notices of a damaged database.
func TestIssuesOfTheDatabaseAreWords(t *testing.T) {
	catalog, err := texts.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		r    model.Reason
		want map[string]string
	}{
		{model.NewReason(model.NoticeSetAside, "rows", "notification:2,mute:1", "effect", "outbox,mutes"), map[string]string{
			"en": "Damaged data in opsbot's database was set aside: 2 waiting messages, 1 mute. Nobody got them: see /incidents. What they muted is notified again: mute it again if needed. Everything else keeps working. To see it: opsbot set-aside list",
			"ru": "В базе opsbot повреждены и отложены данные: 2 ожидавших сообщения, 1 мьют. Их никто не получил. Открытые инциденты: /incidents. Отключённые ими уведомления придут снова: при необходимости поставьте мьюты заново. Остальное работает. Посмотреть: opsbot set-aside list",
		}},
		{model.NewReason(model.IssueStoreFault, "doing", "history.write", "what", "the disk is full", "since", epoch.UTC().Format(time.RFC3339), "else", "history"), map[string]string{
			"en": "the database has been failing since 12:00: the disk is full. Affected: writing history. Charts and reports may have gaps, alerts keep working",
			"ru": "ошибка базы данных с 12:00: на диске нет места. Не работает: запись истории. В графиках и отчётах возможны пробелы, оповещения работают",
		}},
		{model.NewReason(model.IssueSetAside, "rows", "check_state:5"), map[string]string{
			"en": "damaged, set aside: 5 check states. To see them: opsbot set-aside list",
			"ru": "повреждено и отложено: 5 состояний проверок. Посмотреть: opsbot set-aside list",
		}},
	} {
		for lang, want := range c.want {
			if got := catalog.For(lang).In(time.UTC).Asof(epoch).Reason(c.r); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", lang, got, want)
			}
		}
	}
}
