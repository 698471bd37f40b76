package found

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"opsbot/model"
)

// fields are the possible meanings of a column, and the usual titles of each, the best first: those of NetBox, Icinga, Zabbix, phpIPAM,
// RVTools, clouds, and of tables that people keep, in English and Russian. They are compared by their letters and digits alone.
var fields = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"name": {
			"name", "host", "hostname", "server", "fqdn", "vm", "servername", "vmname", "virtualmachine", "machine", "machinename", "node", "nodename", "computer", "computername", "device",
			"devicename", "technicalname", "objectname", "instance", "instancename", "system", "dnsname",
			"имя", "хост", "имяхоста", "узел", "узелсети", "имяузла", "сервер", "имясервера", "названиесервера", "вм", "имявм", "виртуальнаямашина", "машина", "компьютер", "имякомпьютера", "устройство",
			"имямашины", "наименованиесервера", "сетевоеимя", "доменноеимя", "название", "наименование", "dnsимя",
		},
		"address": {
			"address", "ip", "ipaddress", "ipv4", "primaryip", "primaryip4", "primaryipaddress", "primaryipv4", "ipv4address", "ip4", "hostaddress", "hostip", "hostipaddress", "serverip", "vmip", "address4", "ipaddr",
			"privateip", "privateipaddress", "privateipv4address", "internalip", "internalipaddress", "managementip", "managementipaddress", "mgmtip", "ipaddresses", "ips", "interface", "interfaces",
			"publicip", "ipv4publicip", "publicipv4", "publicipaddress", "publicipv4address", "externalip", "ipv6", "ip6", "primaryip6", "primaryipv6", "ipv6address", "address6",
			"ipадрес", "адресip", "ипадрес", "ип", "айпи", "адрес", "адресхоста", "адрессервера", "основнойip", "основнойipадрес", "внутреннийip", "внутреннийipадрес", "ipадресхоста", "ipадреса", "внешнийip", "интерфейс",
		},
		"aliases":  {"aliases", "alias", "othernames", "псевдонимы", "псевдоним", "алиасы", "алиас", "другиеимена"},
		"alias":    {"displayname", "hostdisplayname", "visiblename", "dnsname", "dns", "отображаемоеимя", "видимоеимя", "dnsимя"},
		"client":   {"client", "customer", "tenant", "company", "owner", "varsclient", "varscustomer", "varstenant", "clientname", "customername", "organization", "organisation", "account", "клиент", "имяклиента", "заказчик", "контрагент", "компания", "организация", "арендатор", "владелец"},
		"services": {"services", "service", "сервисы", "сервис", "услуги", "услуга"},
		"tier":     {"tier", "servicetier", "тариф", "тарифныйплан", "уровеньобслуживания"},
		"labels":   {"labels", "метки"},
	}
})

// single is the field of columns that hold one further name, spaces included; it is part of aliases for people.
const single = "alias"

// FieldNames lists the fields that can be mapped to columns.
func FieldNames() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(fields())), func(name string) bool { return name == single })
}

// folded is a title by its letters and digits: "Host Name", "host_name" and "Host-name" are the same.
func folded(title string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r == 'ё':
			return 'е'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		default:
			return -1
		}
	}, title)
}

// table is the meaning of each column.
type table struct {
	titles    []string
	folded    []string // titles by their letters and digits
	columns   []string // a field, "label:KEY", or "" for one that is left out
	addresses []int    // columns that may hold the address, the best first
}

// secretTitle is the title of a column that must not become a label.
var secretTitle = regexp.MustCompile(`(?i)pass|secret|token|credential|private.?key|^private$|api.?key|community|парол|секрет|токен`)

// known reports whether a column names the host.
func (t *table) known() bool { return len(t.addresses) > 0 || slices.Contains(t.columns, "name") }

// tableOf finds the meanings of titles; named maps fields to columns.
func tableOf(titles []string, named map[string]string) (*table, error) {
	t := &table{titles: titles, folded: make([]string, len(titles)), columns: make([]string, len(titles))}
	for i, title := range titles {
		t.folded[i] = folded(title)
	}
	for _, field := range slices.Sorted(maps.Keys(named)) {
		if !slices.Contains(FieldNames(), field) {
			return nil, fmt.Errorf("there is no field %q: there are %s", field, strings.Join(FieldNames(), ", "))
		}
		i := t.at(named[field])
		if i < 0 {
			return nil, fmt.Errorf("there is no column %q: there are %s", named[field], strings.Join(titles, ", "))
		}
		t.columns[i] = field
		if field == "address" {
			t.addresses = []int{i}
		}
	}
	for _, field := range []string{"name", "address", "client", "services", "tier", "labels", "aliases", single} {
		if !slices.Contains(t.columns, field) {
			t.find(field)
		}
		if !slices.Contains(t.columns, field) {
			t.findWithin(field)
		}
	}
	if !t.known() {
		return nil, fmt.Errorf(`no column names the host: say which with --map name=COLUMN; there are %s`, strings.Join(titles, ", "))
	}
	for i, title := range titles {
		if t.columns[i] == "" && !secretTitle.MatchString(title) {
			t.columns[i] = "label:" + strings.ToLower(strings.TrimSpace(title))
		}
	}
	return t, nil
}

// at is the column of a title, as it is written or by its letters; -1 if there is none.
func (t *table) at(title string) int {
	i := slices.IndexFunc(t.titles, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(title)) })
	if i < 0 && folded(title) != "" {
		i = slices.Index(t.folded, folded(title))
	}
	return i
}

// find sets the columns of a field by their usual titles. Several may hold an address or a further name.
func (t *table) find(field string) {
	for _, title := range fields()[field] {
		i := slices.Index(t.folded, title)
		if i < 0 || t.columns[i] != "" {
			continue
		}
		t.columns[i] = field
		switch field {
		case "address":
			t.addresses = append(t.addresses, i)
		case single:
		default:
			return
		}
	}
}

// within are parts of longer titles: "IP address (main)", "Имя сервера в мониторинге".
var within = map[string][]string{
	"name":    {"hostname", "servername", "vmname", "имяхоста", "имясервера", "имявм", "имяузла"},
	"address": {"ipaddress", "ipv4", "ipадрес", "primaryip", "managementip"},
}

// findWithin sets the column of a field by a part of its title.
func (t *table) findWithin(field string) {
	for _, part := range within[field] {
		i := slices.IndexFunc(t.folded, func(h string) bool { return strings.Contains(h, part) && len(h) < 3*len(part) })
		if i >= 0 && t.columns[i] == "" {
			t.columns[i] = field
			if field == "address" {
				t.addresses = append(t.addresses, i)
			}
			return
		}
	}
}

// leftOut says which columns are not read.
func (t *table) leftOut(n *notes) {
	for i, title := range t.titles {
		if t.columns[i] == "" {
			n.say(model.Say("config.import.secret_column", "column", title))
		}
	}
}

func labelKey(field string) string { return strings.TrimPrefix(field, "label:") }
