//go:build integration

package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"opsbot/test/ports"
)

// mariadbLogs: a library that does not exist, two refused logins.
func mariadbLogs(t *testing.T, dir string) {
	data, path, port := filepath.Join(dir, "data"), filepath.Join(dir, "error.log"), ports.Free(t)
	if err := os.Mkdir(data, 0o777); err != nil { //nolint:gosec // of a daemon that drops its rights
		t.Fatal(err)
	}
	args := []string{"--no-defaults", "--datadir=" + data, "--innodb-log-file-size=8M", "--innodb-flush-method=nosync", "--user=root"}
	tables := "create database mysql;\nuse mysql;\n"
	for _, name := range []string{"_system_tables.sql", "_system_tables_data.sql"} {
		found, err := filepath.Glob("/usr/share/m*/m*" + name) // mysql/mysql, since 11 mariadb/mariadb
		if err != nil || len(found) == 0 {
			t.Fatalf("MariaDB has no %s: %v", name, err)
		}
		tables += string(read(t, found[0])) + "\n"
	}
	install := exec.CommandContext(t.Context(), "mariadbd", append(args, "--bootstrap")...)
	install.Stdin = strings.NewReader(tables)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := launch(t, nil, "mariadbd", append(args, "--log-error="+path, "--port="+port, "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(dir, "s"), "--pid-file="+filepath.Join(dir, "pid"), "--plugin-load=none-such")...)
	p.answers(port)
	p.hasLogged(path, "ready for connections", 1)
	for range 2 {
		client := exec.CommandContext(t.Context(), "mariadb", "--no-defaults", "-h127.0.0.1", "-P"+port, "-ushop", "-p"+planted+"Db1", "-e", "select 1")
		if out, err := client.CombinedOutput(); err == nil {
			t.Fatalf("a wrong password was taken: %s", out)
		}
	}
	p.end(syscall.SIGTERM)
}

// redisLogs: a snapshot without a folder, a browser that comes by.
func redisLogs(t *testing.T, dir string) {
	server, data, path, port := filepath.Join(dir, "redis-server"), filepath.Join(dir, "data"), filepath.Join(dir, "redis.log"), ports.Free(t)
	// The program is that of redis-tools under another name; the package of the server has nothing more than the service.
	if err := os.Symlink("/usr/bin/redis-check-rdb", server); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, server, "--port", port, "--bind", "127.0.0.1", "--dir", data, "--logfile", path)
	p.answers(port)
	p.hasLogged(path, "Ready to accept connections", 1)
	talk(t, port, "SET a 1")
	talk(t, port, "POST / HTTP/1.1")
	if err := os.Remove(data); err != nil {
		t.Fatal(err)
	}
	talk(t, port, "BGSAVE")
	p.hasLogged(path, "Background saving error", 1)
	talk(t, port, "SHUTDOWN NOSAVE")
	p.end(syscall.SIGTERM)
}

// postgresLogs: refused logins, a syntax error, a table that does not exist.
func postgresLogs(t *testing.T, dir string) {
	p, port, _ := postgresServer(t)
	for range 2 {
		if _, err := connected(t, port, "watch", planted+"Pg1", "shop"); err == nil {
			t.Fatal("a wrong password was taken")
		}
	}
	conn := connect(t, port, "watch", "hunter2", "shop")
	for _, sql := range []string{"selec 1", "select * from none where password = '" + planted + "Pg2'"} {
		if _, err := conn.Exec(t.Context(), sql).ReadAll(); err == nil {
			t.Fatalf("%s was taken", sql)
		}
	}
	_ = conn.Close(t.Context())
	p.end(syscall.SIGINT)
	write(t, dir, "postgresql.log", p.said.String())
}
