package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opsbot/config"
	"opsbot/model"
)

// keyPair is a certificate and its key in PEM.
func keyPair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, data []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", keyDER)
}

const sources = `
[web]
listen = "127.0.0.1:0"
[[inbound]]
name = "icinga"
kind = "icinga"
url = "https://icinga.example.com:5665/"
client_cert = "cert.pem"
client_key = "key.pem"
ca_file = "cert.pem"
server_name = "master"
domains = ["example.com"]
hosts_by = ["label:icinga", "name"]
[[inbound]]
name = "zabbix"
kind = "zabbix"
url = "http://127.0.0.1:8081/zabbix"
token_file = "token"
secret_file = "hook"
acknowledge = false
downtime = true
poll = "1m"
min_severity = "critical"
[[inbound]]
name = "am"
kind = "alertmanager"
urls = ["https://am1.example.com", "https://am2.example.com"]
user = "opsbot"
password_file = "token"
prometheus = ["https://prometheus.example.com"]
ignore = { env = ["test"] }
[[inbound]]
name = "am-hook"
kind = "alertmanager"
secret = "0123456789abcdef"
acknowledge = false
[[inbound]]
name = "tickets.v2"
kind = "generic"
secret = "0123456789abcdef"
[inbound.mapping]
list = "alerts"
id = "id"
host = "host.name"
state = "state"
over = ["ok"]
labels = { dc = "host.dc" }
`

// TestSources: what is written arrives, and what is not has its default.
func TestSources(t *testing.T) {
	cert, key := keyPair(t)
	cfg, err := config.Load(write(t, map[string]string{
		"opsbot.toml": sources, "cert.pem": cert, "key.pem": key, "token": " 0f0f\n", "hook": "fedcba9876543210\n",
	}), options())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]config.Inbound{}
	for _, in := range cfg.Inbound {
		all[in.Name] = in
	}
	icinga, zabbix, am := all["icinga"], all["zabbix"], all["am"]
	if len(icinga.Certificates) != 1 || icinga.Roots == nil || len(icinga.URLs) != 1 || icinga.URLs[0].String() != "https://icinga.example.com:5665" {
		t.Errorf("icinga: %+v", icinga)
	}
	if time.Duration(icinga.Poll) != 30*time.Second || time.Duration(icinga.DisconnectedAfter) != 5*time.Minute || icinga.MinSeverity != model.SeverityWarning {
		t.Errorf("defaults: %+v", icinga)
	}
	if zabbix.Token.Reveal() != "0f0f" || zabbix.Secret.Reveal() != "fedcba9876543210" || time.Duration(zabbix.Poll) != time.Minute {
		t.Errorf("zabbix: %+v", zabbix)
	}
	if len(am.URLs) != 2 || am.Password.Reveal() != "0f0f" || am.Ignore["env"][0] != "test" || len(am.Prometheus) != 1 {
		t.Errorf("am: %+v", am)
	}
	want := map[string][2]bool{"icinga": {true, false}, "zabbix": {false, true}, "am": {}, "am-hook": {}, "tickets.v2": {}}
	for name, in := range all {
		if got := [2]bool{in.Acknowledge, in.Downtime}; got != want[name] {
			t.Errorf("%s: acknowledge, downtime = %v", name, got)
		}
	}
	if diff := cmp.Diff([]string{"label:icinga", "name"}, icinga.HostsBy); diff != "" {
		t.Errorf("hosts_by (-want +got):\n%s", diff)
	}
	if m := all["tickets.v2"].Mapping; m.Host != "host.name" || m.Labels["dc"] != "host.dc" || !cmp.Equal(m.Over, []string{"ok"}) {
		t.Errorf("mapping: %+v", m)
	}
	if diff := cmp.Diff([]string{"name", "alias", "address"}, am.HostsBy); diff != "" {
		t.Errorf("default of hosts_by (-want +got):\n%s", diff)
	}
}

// TestSourcesOfTheDocs loads what docs/sources.md shows, in each language, and the example configuration with its sources switched on.
func TestSourcesOfTheDocs(t *testing.T) {
	example, err := os.ReadFile("../deploy/examples/hosting/conf.d/sources.toml")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"example": "[web]\nlisten = '127.0.0.1:0'\n" + regexp.MustCompile(`(?m)^# (\[|[a-z_]+ +=)`).ReplaceAllString(string(example), "$1")}
	for _, doc := range []string{"../docs/sources.md", "../docs/ru/sources.md"} {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			shown[doc] += block[1]
		}
	}
	ca, _ := keyPair(t)
	for name, text := range shown {
		files := map[string]string{"opsbot.toml": regexp.MustCompile(`"/(run/credentials|etc)/[a-z.]+(/opsbot)?/`).ReplaceAllString(text, `"`)}
		files["opsbot.toml"] = strings.ReplaceAll(files["opsbot.toml"], `"/etc/opsbot/`, `"`)
		for _, secret := range []string{"icinga", "alertmanager", "alertmanager-hook", "zabbix", "zabbix-hook", "cloud-hook"} {
			files[secret] = "0123456789abcdef"
		}
		files["icinga-ca.crt"] = ca
		cfg, err := config.Load(write(t, files), options())
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
		} else if len(cfg.Inbound) != 4 {
			t.Errorf("%s: %d sources", name, len(cfg.Inbound))
		}
	}
}
