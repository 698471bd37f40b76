//go:build integration

package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// underOpenRC is the life of the service under OpenRC, in a Debian without systemd: it starts, as its user, takes a new configuration, comes back
// after it was killed, and stops. $1 is the root.
const underOpenRC = `mount --make-rprivate /
mount --bind "$1" "$1"
mount --rbind /dev "$1/dev"
exec chroot "$1" /bin/bash -eu -c '
mount -t proc proc /proc
mount -t tmpfs none /run
for name in exclusive started starting stopping stopped inactive wasinactive failed hotplugged daemons options scheduled tmp; do
  mkdir -p "/run/openrc/$name"
done
mkdir -p /run/lock; touch /run/openrc/softlevel
find /etc/init.d -type f ! -name opsbot -delete # of this Debian, for machines
printf "#!/sbin/openrc-run\ndepend() { provide net; }\nstart() { :; }\nstop() { :; }\n" >/etc/init.d/here
chmod 755 /etc/init.d/here
useradd --system --home-dir /var/lib/opsbot --shell /usr/sbin/nologin opsbot

within() { for _ in $(seq 300); do if "$@"; then return 0; fi; sleep 0.1; done; echo "not in time: $*"; opsbot status; exit 1; }
says() { opsbot status 2>&1 | grep -qF "$1"; }

rc-service opsbot start
within says "1 check ·"
[ "$(stat -c %U:%a /var/lib/opsbot /run/opsbot/opsbot.sock | tr "\n" " ")" = "opsbot:700 opsbot:600 " ]
[ "$(ps -o user= -C opsbot | sort -u)" = opsbot ]
printf "\n[[checks]]\nname = \"second\"\nkind = \"tcp\"\naddress = \"127.0.0.1:9\"\n" >>/etc/opsbot/opsbot.toml
rc-service opsbot reload
within says "2 checks ·"
pkill -KILL -x opsbot
within says "2 checks ·"
rc-service opsbot status
rc-service opsbot stop
if pgrep -x opsbot; then echo "it still runs"; exit 1; fi
echo "all is well"
'`

// TestIntegrationOpenRC: the script of the Alpine package, under a real OpenRC.
func TestIntegrationOpenRC(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	for _, dir := range []string{"usr/bin", "etc/init.d", "etc/opsbot"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil { //nolint:gosec // as on a machine
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(root, "usr/bin/opsbot"), "opsbot/cmd/opsbot")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	make := exec.CommandContext(t.Context(), "debootstrap", "--variant=minbase", "--include=procps,openrc", codename(t), root)
	for _, cmd := range []*exec.Cmd{make, build} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd.Args[0], err, out)
		}
	}
	script, err := os.ReadFile("packages/opsbot.openrc")
	if err != nil {
		t.Fatal(err)
	}
	config := "[alerts]\nconsole = true\n[[checks]]\nname = \"first\"\nkind = \"tcp\"\naddress = \"127.0.0.1:9\"\n"
	for path, text := range map[string]string{"etc/init.d/opsbot": string(script), "etc/opsbot/opsbot.toml": config} {
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o755); err != nil { //nolint:gosec // as on a machine
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "unshare", "--mount", "--pid", "--fork", "bash", "-euc", underOpenRC, "bash", root).CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "all is well\n") {
		t.Errorf("%v\n%s", err, out)
	}
}
