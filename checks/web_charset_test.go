package checks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/htmlindex"

	"opsbot/checks"
	"opsbot/model"
)

// encoded is a text in an encoding that browsers know.
func encoded(t *testing.T, name, text string) string {
	t.Helper()
	form, err := htmlindex.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	data, err := form.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%s: %s", name, err)
	}
	return data
}

// TestPagesInOtherEncodings: what a page says is found in whatever encoding it names, and in those that need not be named.
func TestPagesInOtherEncodings(t *testing.T) {
	const page = "<html><head>%s<title>%s</title></head>\n<body>%s</body></html>"
	for _, c := range []struct{ charset, word, filler string }{
		{"utf-8", "Магазин работает", "Добро пожаловать"},
		{"windows-1251", "Магазин работает", "Добро пожаловать в наш магазин"},
		{"koi8-r", "Магазин работает", "Добро пожаловать в наш магазин"},
		{"koi8-u", "Магазин працює", "Ласкаво просимо"},
		{"ibm866", "Магазин работает", "Добро пожаловать в наш магазин"},
		{"iso-8859-5", "Магазин работает", "Добро пожаловать"},
		{"windows-1252", "Größe geändert", "Schöne Grüße"},
		{"iso-8859-1", "Größe geändert", "Schöne Grüße"},
		{"iso-8859-2", "Sklep działa", "Zażółć gęślą jaźń"},
		{"windows-1250", "Sklep działa", "Zażółć gęślą jaźń"},
		{"utf-16le", "Магазин работает", "ok"},
		{"utf-16be", "Shop works", "ok"},
		{"shift_jis", "営業中です", "ようこそ"},
		{"euc-jp", "営業中です", "ようこそ"},
		{"iso-2022-jp", "営業中です", "ようこそ"},
		{"gbk", "商店营业", "欢迎"},
		{"gb18030", "商店营业", "欢迎"},
		{"big5", "商店營業", "歡迎"},
		{"euc-kr", "영업 중", "환영합니다"},
		{"windows-1254", "Mağaza açık", "Hoş geldiniz"},
	} {
		bodies := map[string]string{ // by content type
			"text/html; charset=" + c.charset:                           fmt.Sprintf(page, "", c.word, c.filler),
			"text/html; Charset=\"" + strings.ToUpper(c.charset) + "\"": fmt.Sprintf(page, "", c.word, strings.Repeat(c.filler+" ", 900)),
		}
		if !strings.HasPrefix(c.charset, "utf-16") {
			bodies["text/html"] = fmt.Sprintf(page, "<meta charset='"+c.charset+"'>", c.word, c.filler)
			bodies["text/html;"] = fmt.Sprintf(page, `<META http-equiv="Content-Type" content="text/html; charset=`+c.charset+`">`, c.word, c.filler)
			bodies["text/xml"] = `<?xml version="1.0" encoding="` + c.charset + `"?><a>` + c.word + "</a>"
		}
		switch c.charset {
		case "windows-1251", "koi8-r", "ibm866", "windows-1252", "utf-16le", "utf-16be":
			bodies["text/plain"] = c.filler + "\n" + c.word + "\n"
		}
		if strings.HasPrefix(c.charset, "utf-16") {
			bodies["application/octet-stream"] = "\ufeff" + c.word
		}
		for contentType, body := range bodies {
			url := serving(t, contentType, encoded(t, c.charset, body))
			for _, o := range []checks.WebOptions{{URL: url, Contains: c.word}, {URL: url, WebExtras: checks.WebExtras{Matches: c.word}}} {
				if r := runKind(t, &o); r.Status != model.StatusOK {
					t.Errorf("%s, %s: %+v", c.charset, contentType, r.Reason)
				}
			}
			lacks := checks.WebOptions{URL: url, WebExtras: checks.WebExtras{Matches: "no such words"}}
			if r := runKind(t, &lacks); !strings.HasPrefix(strings.Join(strings.Fields(strings.TrimPrefix(body, "\ufeff")), " "), strings.TrimSuffix(r.Reason.Args["got"], "…")) || r.Reason.Args["got"] == "" {
				t.Errorf("%s, %s: what is shown is not on the page: %q", c.charset, contentType, r.Reason.Args["got"])
			}
		}
	}
}

// TestPagesOfAWrongCharset: a page in UTF-8 stays one whatever its header says.
func TestPagesOfAWrongCharset(t *testing.T) {
	for _, contentType := range []string{"text/html; charset=windows-1251", "text/html; charset=klingon", "text/html; charset", "", ";;;"} {
		url := serving(t, contentType, "<p>Магазин работает</p>")
		for _, o := range []checks.Options{&checks.WebOptions{URL: url, Contains: "Магазин"}, &checks.WebOptions{URL: url, WebExtras: checks.WebExtras{Matches: "^<p>Магазин раб"}}} {
			if r := runKind(t, o); r.Status != model.StatusOK {
				t.Errorf("%q: %+v", contentType, r.Reason)
			}
		}
	}
	json := &checks.JSONOptions{WebOptions: checks.WebOptions{URL: serving(t, "application/json; charset=windows-1251", encoded(t, "windows-1251", `{"city":"Москва"}`))}, Condition: `city == "Москва"`}
	if r := runKind(t, json); r.Status != model.StatusOK {
		t.Errorf("%+v", r.Reason)
	}
}

// TestTextOfAnotherEncodingOverABorder is found wherever it stands, and while the page goes on.
func TestTextOfAnotherEncodingOverABorder(t *testing.T) {
	word := encoded(t, "windows-1251", "работает")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=windows-1251")
		fmt.Fprint(w, strings.Repeat("x", 40<<10)+word[:3])
		w.(http.Flusher).Flush()
		fmt.Fprint(w, word[3:])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	if r := runWeb(t, 5*time.Second, checks.WebOptions{URL: srv.URL, Contains: "работает"}); r.Status != model.StatusOK {
		t.Errorf("%+v", r.Reason)
	}
}
