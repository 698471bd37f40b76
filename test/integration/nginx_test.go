//go:build integration

package integration_test

import (
	"fmt"
	"testing"

	"opsbot/model"
	"opsbot/test/ports"
)

// nginx starts one with a plain port and one with TLS; ca is the authority of its certificate.
func nginx(t *testing.T) (plain, secure, ca string) {
	t.Helper()
	dir := t.TempDir()
	plain, secure = ports.Free(t), ports.Free(t)
	ca, key := certificate(t, dir, 30)
	write(t, dir, "long.json", `{"expiration_time": {"is_available": true}, "queue": [1, 2]}`)
	config := write(t, dir, "nginx.conf", fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log stderr;
events {}
http {
  access_log off; root %[1]s;
  client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
  server {
    listen 127.0.0.1:%[2]s;
    listen 127.0.0.1:%[3]s ssl;
    ssl_certificate %[4]s; ssl_certificate_key %[5]s;
    location = /ok { return 200 "all good at $host"; }
    location = /sick { return 503; }
    location = /moved { return 302 http://elsewhere.test/; }
    location = /gone { return 444; }
    location = /private { return 200 $http_authorization; }
  }
}`, dir, plain, secure, ca, key))
	start(t, plain, nil, "nginx", "-p", dir, "-c", config)
	return plain, secure, ca
}

func TestIntegrationNginx(t *testing.T) {
	plain, secure, ca := nginx(t)
	at := func(path string) string {
		return fmt.Sprintf("kind = \"web\"\nurl = \"http://a.test%s\"\naddress = \"127.0.0.1:%s\"\n", path, plain)
	}
	well(t, "a page", look(t, at("/ok")+`contains = "all good at a.test"`))
	wants(t, "another text", look(t, at("/ok")+`contains = "all bad"`), model.StatusFail, model.ReasonWebBody)
	wants(t, "503", look(t, at("/sick")), model.StatusFail, model.ReasonWebStatus, "got", "503")
	well(t, "503 is wanted", look(t, at("/sick")+`status = [503]`))
	wants(t, "a redirect", look(t, at("/moved")), model.StatusFail, model.ReasonWebRedirect, "location", "elsewhere.test")
	wants(t, "hung up", look(t, at("/gone")), model.StatusFail, model.ReasonClosed)
	well(t, "basic authentication", look(t, at("/private")+"user = \"a\"\npassword = \"b\"\ncontains = \"Basic YTpi\""))
	wants(t, "nobody listens", look(t, "kind = \"web\"\nurl = \"http://127.0.0.1:1/\""), model.StatusFail, model.ReasonRefused)
	well(t, "json", look(t, fmt.Sprintf("kind = \"json\"\nurl = \"http://127.0.0.1:%s/long.json\"\ncondition = \"expiration_time.is_available == true && len(queue) < 3\"", plain)))

	tls := func(kind, rest string) string {
		return fmt.Sprintf("kind = %q\naddress = \"127.0.0.1:%s\"\nca_file = %q\n%s", kind, secure, ca, rest)
	}
	well(t, "https", look(t, tls("web", `url = "https://a.test/ok"`)))
	wants(t, "https of another name", look(t, tls("web", `url = "https://b.test/ok"`)), model.StatusFail, model.ReasonTLS)
	well(t, "a certificate", look(t, tls("tls", "days = 14")))
	wants(t, "that ends soon", look(t, tls("tls", "days = 60")), model.StatusFail, model.ReasonTLSExpires, "days", "30")
	wants(t, "of nobody we know", look(t, fmt.Sprintf("kind = \"tls\"\naddress = \"127.0.0.1:%s\"", secure)), model.StatusFail, model.ReasonTLS)
	wants(t, "no TLS", look(t, fmt.Sprintf("kind = \"tls\"\naddress = \"127.0.0.1:%s\"", plain)), model.StatusFail, model.ReasonTLS)
}
