//go:build integration

package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// health answers for two opsbots, of which the first leads, and notes who is asked whether it is ready.
type health struct {
	mu    sync.Mutex
	asked []string
}

func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	h.mu.Lock()
	defer h.mu.Unlock()
	role := "standby"
	if host == "bot1.example.com" {
		role = "leader"
	}
	if path == "readyz" {
		h.asked = append(h.asked, host)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "role": role})
}

// selfSigned is a certificate and its key, as PEM.
func selfSigned(t *testing.T) (certificate, key []byte) {
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
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// TestAnsiblePairHandsOverOnce installs two opsbots with the example variables: the one that stands by first, and the leader once that one is
// ready; the secrets of both are credentials.
func TestAnsiblePairHandsOverOnce(t *testing.T) {
	s, both := newScratch(t), &health{}
	server := httptest.NewServer(both)
	t.Cleanup(server.Close)
	certificate, key := selfSigned(t)
	here := s.root + "/{{ inventory_hostname }}"
	for _, host := range []string{"bot1.example.com", "bot2.example.com"} {
		for _, folder := range []string{"bin", "etc", "units"} {
			if err := os.MkdirAll(filepath.Join(s.root, host, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(s.root, host, "etc/tls.pem"), certificate, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.vars["opsbot_secrets"] = map[string]any{"dsn": "postgres://opsbot@db1.example.com/opsbot", "cluster": strings.Repeat("0", 64), "tls_key": string(key)}
	for name, value := range map[string]any{
		"opsbot_binary": here + "/bin/opsbot", "opsbot_config_dir": here + "/etc", "opsbot_unit_dir": here + "/units", "opsbot_certificate": here + "/etc/tls.pem", "opsbot_url": server.URL + "/{{ inventory_hostname }}",
	} {
		s.vars[name] = value
	}
	said, err := json.Marshal(s.vars)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "0"} {
		out, err := ansible(t, "ansible-playbook", "-i", "inventory/pair.yml", "pair.yml", "--connection=local", "--diff", "--extra-vars="+string(said))
		if n := changed(t, out, err); want != "" && n != want {
			t.Errorf("a second run changes %s things:\n%s", n, out)
		}
	}
	if want := []string{"bot2.example.com", "bot1.example.com", "bot2.example.com", "bot1.example.com"}; !slices.Equal(both.asked, want) {
		t.Errorf("ready: %v, want %v", both.asked, want)
	}
	for _, host := range []string{"bot1", "bot2"} {
		root := filepath.Join(s.root, host+".example.com")
		config, unit := read(t, root+"/etc/opsbot.toml"), read(t, root+"/units/opsbot.service.d/credentials.conf")
		for _, part := range []string{`name = "` + host + `"`, `dsn_file = "/run/credentials/opsbot.service/dsn"`, `secret_file = "/run/credentials/opsbot.service/cluster"`, "[cluster]"} {
			if !strings.Contains(config, part) {
				t.Errorf("the configuration of %s has no %s:\n%s", host, part, config)
			}
		}
		for _, name := range []string{"dsn", "cluster", "tls_key"} {
			if !strings.Contains(unit, "LoadCredential="+name+":") {
				t.Errorf("the unit of %s has no %s:\n%s", host, name, unit)
			}
		}
		if strings.Contains(config+unit, "postgres://") || strings.Contains(config+unit, "PRIVATE KEY") {
			t.Errorf("a secret of %s is not one:\n%s%s", host, config, unit)
		}
	}
}
