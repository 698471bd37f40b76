package sandbox

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"opsbot/sandbox/fleet"
)

// The stubs of site-monitor, as the page shows them.
const (
	Licence      = fleet.Licence
	Recognition  = "recognition"
	MainDB       = fleet.MainDB
	Exchange     = "exchange-socket"
	Hall         = "hall"
	Desk1        = "cash desk 1"
	Desk2        = "cash desk 2"
	Translator   = "translator"
	Synchronizer = "synchronizer"
	Disk         = "disk"
)

// siteIP replaces the machine's own address: the translator and the synchronizer run on it.
const siteIP = "127.0.90.1"

func siteMonitor() stage {
	const yes, no = `{"ok": true}`, `{"ok": false}`
	service := func(name, address, path, bad string) fleet.Stub {
		return fleet.Stub{
			Name: name, Address: address, Path: path, Good: yes, Bad: bad,
			Modes: []fleet.Mode{fleet.Denied, fleet.Sick, fleet.Hung, fleet.Killed},
		}
	}
	socket := func(name, address, group string) fleet.Stub {
		return fleet.Stub{Name: name, Address: address, Group: group, Modes: []fleet.Mode{fleet.Killed}}
	}
	return stage{
		plan: fleet.Plan{Stubs: []fleet.Stub{
			{Name: Disk, Modes: []fleet.Mode{fleet.Full}},
			{
				Name: Licence, Address: "127.0.90.10:8090", Path: fleet.LicencePath, Modes: []fleet.Mode{fleet.Broken, fleet.Sick, fleet.Killed},
				Good: `{"expiration_time": {"is_available": true}}`, Bad: `{"expiration_time": {"is_available": false}}`,
			},
			service(Recognition, "127.0.90.11:8091", "/state", "{}"),
			socket(MainDB, "127.0.90.9:5432", ""),
			socket(Exchange, "127.0.90.20:7700", ""),
			service(Translator, siteIP+":8085", "/health", "false"),
			service(Synchronizer, siteIP+":8086", "/health", "[]"),
			socket(Hall, "127.0.90.101:8080", "terminals"),
			socket(Desk1, "127.0.90.102:8080", "terminals"),
			socket(Desk2, "127.0.90.103:8080", "terminals"),
		}},
		instead: func(s *Sandbox) map[string][][2]string {
			host, port, _ := net.SplitHostPort(s.at(Exchange))
			used := "used     = 100 " // passes on any machine
			if d, _ := s.target(Disk); d.Mode == fleet.Full {
				used = "used     = 1\nfree     = \"900 PB\"\n# " // fails on any machine
			}
			return map[string][][2]string{
				mainFile: {
					{"192.0.2.10:8090", s.at(Licence)},
					{"192.0.2.11:8091", s.at(Recognition)},
					{"192.0.2.9:5432", s.at(MainDB)},
					{"{local_ip}:8085", "{local_ip}:" + portOf(s.at(Translator))},
					{"{local_ip}:8086", "{local_ip}:" + portOf(s.at(Synchronizer))},
					{`local_ip = "auto"`, `local_ip = "` + siteIP + `"`},
					{`"Mon-Sun 08:00-22:00"`, `"always"`},
					{"used     = 90 ", used},
				},
				"socket.yml":    {{"192.0.2.20", host}, {"7700", port}},
				"terminals.txt": {{"192.0.2.101 ", s.at(Hall) + " "}, {"192.0.2.102 ", s.at(Desk1) + " "}, {"192.0.2.103:8080", s.at(Desk2)}},
			}
		},
	}
}

// webFleet has three customers on five servers. The shop of the second runs on a server of the first.
func webFleet() stage {
	plan := fleet.Hosting()
	plan.Stubs, plan.Hosts, plan.Switches = nil, nil, true
	address := func(n int) string { return fmt.Sprintf("127.0.77.%d", n) }
	for n, clients := range [][]string{{"customer1"}, {"customer1"}, {"customer1", "customer2"}, {"customer2"}, {"customer3"}} {
		plan.Hosts = append(plan.Hosts, fleet.Host{
			Name: address(n + 1), Address: address(n + 1), Clients: clients,
			Modes: []fleet.Mode{fleet.Killed, fleet.Sick, fleet.Partly, fleet.Hung},
		})
	}
	at := func(numbers ...int) []netip.Addr {
		var all []netip.Addr
		for _, n := range numbers {
			all = append(all, netip.AddrFrom4([4]byte{127, 0, 77, byte(n)})) //nolint:gosec // 1 to 5
		}
		return all
	}
	return stage{
		plan: plan,
		names: map[string][]netip.Addr{
			"customer1.test.com": at(1, 2, 3), "customer2.test.com": at(4), "shop.customer2.test.com": at(3), "customer3.test.com": at(5),
		},
		instead: func(s *Sandbox) map[string][][2]string {
			var ports [][2]string
			for i, service := range s.Fleet.Services() {
				ports = append(ports, [2]string{"port = " + strconv.Itoa(plan.Services[i].Port), "port = " + strconv.Itoa(service.Port)})
			}
			mail := [][2]string{{"smtp.example.com:587", s.Mailbox.Addr()}, {`tls  = "starttls"`, `tls  = "none"`}}
			return map[string][][2]string{mainFile: append(ports, mail...)}
		},
	}
}
