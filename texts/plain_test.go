package texts_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/BurntSushi/toml"

	"opsbot/texts"
)

// banned are phrases that the catalog used to have and must not have again, each with the words to use in its place: the
// field's own terms in English, and Russian as an on-call engineer writes it. A pattern matches anywhere in a text, in any
// case of letters; `\b` knows only Latin letters, so the Russian patterns have none.
var banned = map[string][]struct{ phrase, instead string }{
	texts.English: {
		{`\bstands?\b`, `"is open", "3 open incidents"`},
		{`\bstill so\b`, `"still open"`},
		{`\b(is|are|was|not|been) told\b|\btold (here|of|nowhere)\b|\btell of\b`, `"notified", "sent"`},
		{`\b(un)?heard\b`, `"connected", "disconnected"`},
		{`\bis silent\b|\bsilent since\b|\bsilence of\b`, `"disconnected"; a silence is Alertmanager's`},
		{`\bblind\b|\bcannot see\b|\bcan see again\b`, `"opsbot's own network is down"`},
		{`\blook(ed|ing)? (at live|again)\b|\bbeing looked at\b`, `"verified live", "re-checking"`},
		{`\ba word more\b`, `"needs an argument", with an example`},
		{`\bit is yours\b|\bhas it in hand\b|\bin the hands of\b|\btake an incident on\b`, `"acknowledged"`},
		{`\bleft as it was\b`, `"cancelled"`},
		{`\bhow things (stand|are|were)\b|\bwhat was\b`, `"status", "past incidents"`},
		{`\b(all|everything|nothing) is (well|wrong)\b|\bnot well\b`, `"all clear", "ok", "failing"`},
		{`\bis the name of no\b|\bI do not know\b`, `"unknown name"`},
		{`\bbeginning of (a|the) name\b|\bbegins like\b`, `"the start of the name"`},
		{`\bmeasuring goes on\b|\bgoes? on\b`, `"checks keep running", "stays in use"`},
		{`\bre-?arm(ed)?\b`, `"reset"`},
		{`\bput aside\b|\bburied\b`, `"dead letter"`},
		{`\bcame and went\b`, `"opened and resolved"`},
		{`\bpromised?\b`, `"SLA"`},
		{`\btroubles?\b`, `"health issue"`},
		{`\bquiet (hours|there)\b`, `"active hours", "muted"`},
		{`\bplanned (time|silence)s?\b`, `"maintenance window"`},
		{`\btouched\b`, `"affected"`},
		{`\bsee to\b|\bmend\b|\bmistakes\b`, `"check", "fix", "errors"`},
		{`\bwanted\b`, `"expected"`},
	},
	texts.Russian: {
		{`не отказал[аио]? полностью`, `«полностью недоступных нет»`},
		{`режим[а-я]* тишины|тишин[аыуе]`, `«уведомления отключены до …», «мьют #6»`},
		{`глуши|заглуш`, `«отключить уведомления»`},
		{`обещан`, `«SLA»`},
		{`не хватает слова`, `«нужен аргумент»`},
		{`взве(сти|дено)`, `«сбросить»`},
		{`дребез`, `«флапает»`},
		{`молчит|молчание`, `«нет связи»`},
		{`не видит|снова видит|слепот`, `«у opsbot нет сети»`},
		{`(^|[^а-я])ждали`, `«ожидалось»`},
		{`теперь это ваше|(^|[^а-я])занимается|(^|[^а-я])беру`, `«взято в работу», «в работе»`},
		{`оставлено как было|как было`, `«отменено»`},
		{`(хост|сервис)[а-я]* лежат|сервисы лежат`, `«недоступны»`},
		{`как обстоят дела|всё хорошо|не так(\s|$)|неладно`, `«состояние», «всё в порядке», «проблемы»`},
		{`не знаю|вас не знаю`, `«неизвестное имя», «нет доступа»`},
		{`разом`, `«сразу»`},
		{`всё ещё так`, `«не закрыто»`},
		{`скажу|сказать не могу|сообщается нигде`, `«придёт уведомление», «неизвестно»`},
		{`не закрыт[ыо]? \{\{`, `«открыто 3 инцидента»`},
		{`без спроса`, `«нужно подтвердить»`},
	},
}

// TestTextsArePlain holds every text to the glossary.
func TestTextsArePlain(t *testing.T) {
	for lang, phrases := range banned {
		all := everyText(t, lang)
		for _, b := range phrases {
			pattern := regexp.MustCompile(`(?i)` + b.phrase)
			for where, text := range all {
				if hit := pattern.FindString(text); hit != "" {
					t.Errorf("%s has %q; use %s: %s", where, hit, b.instead, text)
				}
			}
		}
	}
}

// everyText are the texts of a language by file, id and plural form.
func everyText(t *testing.T, lang string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(lang + "/*.toml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files of %q: %v", lang, err)
	}
	all := map[string]string{}
	for _, name := range names {
		var raw map[string]any
		if _, err := toml.DecodeFile(name, &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for id, v := range raw {
			switch v := v.(type) {
			case string:
				all[name+": "+id] = v
			case map[string]any:
				for form, text := range v {
					all[name+": "+id+"."+form], _ = text.(string)
				}
			}
		}
	}
	return all
}
