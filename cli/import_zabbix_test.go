package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// zabbixOf answers the few methods that an import calls.
func zabbixOf(t *testing.T, hosts string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			Method string `json:"method"`
			ID     any    `json:"id"`
		}
		_ = json.NewDecoder(r.Body).Decode(&call)
		result := map[string]string{"apiinfo.version": `"7.0.5"`, "host.get": hosts}[call.Method]
		if result == "" {
			result = "[]"
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","result":%s,"id":%v}`, result, call.ID)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestImportFromZabbix: a service that is not configured here is a remark, and what would be written is shown.
func TestImportFromZabbix(t *testing.T) {
	host := func(n int, services ...string) string {
		tags := []string{`{"tag":"client","value":"acme"}`, `{"tag":"sla","value":"99.9"}`, `{"tag":"anything","value":"else"}`}
		for _, s := range services {
			tags = append(tags, fmt.Sprintf(`{"tag":"service","value":%q}`, s))
		}
		return fmt.Sprintf(`{"hostid":"%d","host":"web%d","name":"Web number %d","interfaces":[{"ip":"10.0.0.%d","dns":"","useip":"1","main":"1"}],"tags":[%s],"macros":[],"groups":[],"hostgroups":[]}`, n, n, n, n, strings.Join(tags, ","))
	}
	url := zabbixOf(t, "["+strings.Join([]string{host(1, "reports", "nginx"), host(2, "nginx"), host(3, "nginx"), host(4, "nginx", "cron")}, ",")+"]")
	s := newSite(t, fmt.Sprintf("[[inbound]]\nname = 'zabbix'\nkind = 'zabbix'\nurl = %q\ntoken = '0123456789abcdef0123456789abcdef'\n", url+"/api_jsonrpc.php"))
	code, out, errOut := s.run(t, "zabbix", "--group", "std", "--yes")
	if code != ExitOK {
		t.Fatalf("%d\n%s\n%s", code, out, errOut)
	}
	for _, want := range []string{
		"Added, 4 rows", "+ web1 (acme)", `service "nginx" is not configured here, and is left out: web1, web2, web3 and 1 more`, `service "cron" is not configured here, and is left out: web4`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if text := s.read(t, "clients.csv"); !strings.Contains(text, "acme,web1,10.0.0.1,reports,,") || !strings.Contains(text, "Web-number-1,anything=else;sla=99.9,zabbix") {
		t.Errorf("it holds:\n%s", text)
	}
}

// TestImportThatDoesNotCompileIsShown beside what is wrong with it.
func TestImportThatDoesNotCompileIsShown(t *testing.T) {
	s := newSite(t, "")
	s.write(t, "cmdb.csv", "name,ip,client,services\nweb2,10.0.0.2,acme,nonsense\n")
	code, out, errOut := s.run(t, "csv", s.path("cmdb.csv"), "--yes")
	if code != ExitFailed || !strings.Contains(errOut, "+ web2 (acme)") || !strings.Contains(errOut, `unknown service "nonsense"`) || s.read(t, "clients.csv") != "" {
		t.Errorf("%d %s\n%s", code, out, errOut)
	}
}
