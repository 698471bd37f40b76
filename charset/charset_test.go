package charset_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"opsbot/charset"
)

// russian are lines as programs and people write them: short, in capitals, among English.
var russian = []string{
	"Магазин работает", "ошибка", "ОШИБКА: нет соединения с базой данных", "Отказано в доступе", "диск D: заполнен на 95 %", "2026-11-30 07:29:22 ERROR Не удалось открыть файл",
	"Сервер недоступен. Повторите попытку позже.", "пользователь Иванов вошёл в систему", "Имя;Адрес;Клиент", "веб1;10.0.0.1;Ромашка", "запрос выполнен за 15 мс", "СБОЙ РЕЗЕРВНОГО КОПИРОВАНИЯ",
	"{\"level\":\"error\",\"msg\":\"нет места на диске\"}", "Ждите ответа", "№ 17: заказ отменён", "Сертификат истёк",
}

var western = []string{"CRÍTICO - café", "Größe überschritten", "état: échec", "não foi possível abrir o arquivo", "señal perdida en el año 2026", "¡Atención! Operación inválida", "Überprüfung läuft", "där är på väg"}

func TestDetect(t *testing.T) {
	t.Parallel()
	wide := map[string]func(string) []byte{}
	for name, e := range map[string]unicode.Endianness{"utf-16le": unicode.LittleEndian, "utf-16be": unicode.BigEndian} {
		for mark, policy := range map[string]unicode.BOMPolicy{"": unicode.IgnoreBOM, "\ufeff": unicode.IgnoreBOM} {
			wide[name+mark] = func(s string) []byte { return must(unicode.UTF16(e, policy).NewEncoder().Bytes([]byte(mark + s))) }
		}
	}
	narrow := map[string]*charmap.Charmap{"windows-1251": charmap.Windows1251, "koi8-r": charmap.KOI8R, "ibm866": charmap.CodePage866}
	check := func(want, line string, data []byte) {
		t.Helper()
		got, c := charset.Text(data)
		if got != line || c.Name() != want {
			t.Errorf("%s: got %q (%s), want %q", want, got, c.Name(), line)
		}
		named, known := charset.Named(want)
		if again := strings.TrimPrefix(named.Decode(data), "\ufeff"); !known || again != line {
			t.Errorf("%s by its name: %q (%v)", want, again, known)
		}
	}
	for _, line := range append(append([]string{"plain ASCII, nothing else", "2026-11-30 07:29:22 ERROR x\r\n"}, russian...), western...) {
		check("utf-8", line, []byte(line))
		check("utf-8", line, []byte("\ufeff"+line))
		for name, encode := range wide {
			check(strings.TrimSuffix(name, "\ufeff"), line, encode(line))
		}
	}
	for name, form := range narrow {
		for _, line := range russian {
			data, err := form.NewEncoder().Bytes([]byte(line))
			if err != nil { // not all have №
				continue
			}
			check(name, line, data)
		}
	}
	for _, line := range western {
		check("windows-1252", line, must(charmap.Windows1252.NewEncoder().Bytes([]byte(line))))
	}
}

// TestLinesOfSeveralEncodings: each line is read as what it is.
func TestLinesOfSeveralEncodings(t *testing.T) {
	t.Parallel()
	old := must(charmap.Windows1251.NewEncoder().Bytes([]byte("ошибка записи\n")))
	got, c := charset.Text(append([]byte("2026 старт системы\n"), append(old, "конец\n"...)...))
	if got != "2026 старт системы\nошибка записи\nконец\n" || c != charset.Windows1251 {
		t.Errorf("%q %s", got, c.Name())
	}
	for _, data := range []string{"damaged \xff but работает дальше", "работает\xd0", "a\xd0"} {
		if got, c := charset.Text([]byte(data)); c != charset.UTF8 || !strings.HasPrefix(got, data[:1]) || !utf8.ValidString(got) {
			t.Errorf("%q is %q in %s", data, got, c.Name())
		}
	}
}

// TestHolesAreNoLetters: the zero bytes before a log that was truncated while it was written do not make it UTF-16.
func TestHolesAreNoLetters(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3000, 3001} {
		if c := charset.Detect([]byte(strings.Repeat("\x00", n) + "2026-11-30 07:29:22 ERROR x\n")); c != charset.UTF8 {
			t.Errorf("%d zeros: %s", n, c.Name())
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"UTF8": "utf-8", "utf-8": "utf-8", " Windows-1251 ": "windows-1251", "cp1251": "windows-1251", "KOI8-R": "koi8-r", "latin1": "windows-1252", "Latin-1": "windows-1252", "ISO-8859-1": "windows-1252",
		"cp866": "ibm866", "Shift_JIS": "shift_jis", "gb2312": "gbk", "utf-16": "utf-16le", "iso-8859-2": "iso-8859-2", "iso-8859-5": "iso-8859-5",
	} {
		if c, known := charset.Named(name); !known || c.Name() != want {
			t.Errorf("%q is %q (%v), want %q", name, c.Name(), known, want)
		}
	}
	for _, name := range []string{"", "klingon", "x-user", "iso-2022-kr", "hz-gb-2312"} {
		if c, known := charset.Named(name); known {
			t.Errorf("%q is known as %s", name, c.Name())
		}
	}
}

// TestAnythingBecomesText: whatever the bytes, the result is valid, and what is UTF-8 already is unchanged.
func TestAnythingBecomesText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
		if got, _ := charset.Text(data); !utf8.ValidString(got) {
			t.Errorf("%q became %q", data, got)
		}
		line := rapid.StringMatching(`[ -~а-яА-Яéü\n]{0,80}`).Draw(t, "line")
		if got, c := charset.Text([]byte(line)); got != line || c != charset.UTF8 {
			t.Errorf("%q became %q in %s", line, got, c.Name())
		}
	})
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
