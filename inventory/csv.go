package inventory

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"net/mail"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"opsbot/charset"
	"opsbot/model"
)

// maxProblems bounds the problems of one file: a wrong separator would be a mistake in every line.
const maxProblems = 50

// columns are the column names of a CSV file, in any order.
func columns() []string {
	return []string{"client", "domain", "host", "address", "services", "tier", "labels", "group", "aliases", "source", "sla", "report_to", "contacts", "runbook"}
}

// ReadCSVFile is ReadCSV of a file.
func ReadCSVFile(path string) (Declared, error) {
	f, err := os.Open(path) //nolint:gosec // reading the file that was asked for is the point
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			err = e.Err
		}
		return Declared{}, model.Problems{model.Place{File: path}.Problem(model.Say("config.file.unreadable", "said", err))}
	}
	d, err := ReadCSV(path, f)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = model.Problems{model.Place{File: path}.Problem(model.Say("config.file.unreadable", "said", closeErr))}
	}
	return d, err
}

// ReadCSV reads clients and hosts: the first line names the columns, "#" begins a comment. A row is about its client,
// and about the domain, host or address it names: its services are on those only. Its labels (k=v;k=v) are the host's
// if it names one, else the client's; its aliases (further names) are the host's. Its source is the import that wrote
// it, which only says that the host exists. Its contacts and its runbook are the client's. Lists are separated by ";". file is the name in problems. An error is
// model.Problems.
func ReadCSV(file string, r io.Reader) (Declared, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Declared{}, model.Problems{model.Place{File: file}.Problem(model.Say("config.file.unreadable", "said", err))}
	}
	text, encoding := charset.Text(data)
	rows := csv.NewReader(strings.NewReader(text))
	rows.Comment = '#'
	rows.TrimLeadingSpace = true
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	c := &csvReader{file: file, at: map[string]int{}}
	header, err := rows.Read()
	switch {
	case errors.Is(err, io.EOF):
		return Declared{}, model.Problems{model.Place{File: file}.Problem(model.Say("config.csv.empty", "columns", strings.Join(columns(), ",")))}
	case err != nil:
		return Declared{}, model.Problems{csvProblem(file, err)}
	case !c.header(header):
		return Declared{}, c.problems
	}
	for len(c.problems) < maxProblems {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // the reader may be out of sync: further errors would be noise
			c.problems = append(c.problems, csvProblem(file, err))
			break
		}
		c.line, _ = rows.FieldPos(0)
		c.row(fields)
	}
	if len(c.problems) > 0 {
		return Declared{}, c.problems
	}
	d := c.declared()
	if encoding.Name() != charset.UTF8.Name() {
		d.Notes = append(d.Notes, model.Place{File: file}.Problem(model.Say("config.note.encoding", "encoding", encoding.Name())))
	}
	return d, nil
}

func csvProblem(file string, err error) model.Problem {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return model.Place{File: file, Line: e.Line}.Problem(model.Say("config.csv.syntax", "said", e.Err))
	}
	return model.Place{File: file}.Problem(model.Say("config.csv.syntax", "said", err))
}

// csvReader collects the rows of one file.
type csvReader struct {
	file     string
	line     int
	columns  []string
	clients  []*csvClient
	at       map[string]int // index in clients, by name
	hosts    []model.HostSpec
	problems model.Problems
}

// csvClient is one client of a file, and the services of each of its places.
type csvClient struct {
	spec   model.ClientSpec
	places []csvPlace
}

// csvPlace is a domain or a host of a client; without services it has all of the client's.
type csvPlace struct {
	word     string
	services []string
}

func (c *csvReader) fail(what model.Sentence) {
	c.problems = append(c.problems, model.Place{File: c.file, Line: c.line}.Problem(what))
}

func (c *csvReader) header(names []string) bool {
	c.line = 1
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		switch {
		case slices.Contains(c.columns, name):
			c.fail(model.Say("config.csv.column_twice", "got", name))
		case !slices.Contains(columns(), name):
			c.fail(model.Say("config.unknown.allowed", "what", model.Say("config.unknown.column"), "got", name, "known", strings.Join(columns(), ",")))
		}
		c.columns = append(c.columns, name)
	}
	return len(c.problems) == 0
}

// csvRow is one line, each value trimmed.
type csvRow struct {
	client, domain, host, address, tier, group, source, runbook string
	services, aliases, reportTo, contacts                       []string
	sla                                                         *float64
	labels                                                      model.Labels
}

func (c *csvReader) row(fields []string) {
	if len(fields) > len(c.columns) {
		c.fail(model.Say("config.csv.too_many", "values", len(fields), "columns", len(c.columns)))
		return
	}
	before := len(c.problems)
	row := c.parse(fields)
	c.check(row)
	if len(c.problems) > before {
		return
	}
	place := model.Place{File: c.file, Line: c.line}
	word := c.host(row, place)
	if row.client != "" {
		c.client(row, word, place)
	}
}

func (c *csvReader) parse(fields []string) csvRow {
	var row csvRow
	for i, text := range fields {
		text = strings.TrimSpace(text)
		switch c.columns[i] {
		case "client":
			row.client = text
		case "domain":
			row.domain = text
		case "host":
			row.host = text
		case "address":
			row.address = text
		case "tier":
			row.tier = text
		case "group":
			row.group = text
		case "source":
			row.source = text
		case "sla":
			row.sla = c.percent(text)
		case "report_to":
			row.reportTo = splitList(text)
		case "contacts":
			row.contacts = splitList(text)
		case "runbook":
			row.runbook = text
		case "services":
			row.services = splitList(text)
		case "aliases":
			row.aliases = splitList(text)
		default: // labels: header has rejected anything else
			row.labels = c.labels(text)
		}
	}
	return row
}

// percent parses 99.9; nil if empty.
func (c *csvReader) percent(text string) *float64 {
	if text == "" {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 100) { // NaN is neither
		c.fail(model.Say("config.csv.sla", "got", text))
		return nil
	}
	return &v
}

func (c *csvReader) labels(text string) model.Labels {
	var labels model.Labels
	for _, mark := range splitList(text) {
		key, val, ok := strings.Cut(mark, "=")
		key, val = strings.TrimSpace(key), strings.TrimSpace(val)
		if !ok || key == "" || val == "" {
			c.fail(model.Say("config.like", "key", "labels", "got", mark, "example", "dc=fra1;rack=7"))
			continue
		}
		if labels == nil {
			labels = model.Labels{}
		}
		labels[key] = val
	}
	return labels
}

func (c *csvReader) check(row csvRow) {
	if row.client == "" && row.host == "" && row.address == "" {
		c.fail(model.Say("config.csv.no_subject"))
		return
	}
	if row.client == "" && (row.domain != "" || row.tier != "" || row.group != "" || row.runbook != "" || row.sla != nil ||
		len(row.services)+len(row.reportTo)+len(row.contacts) > 0) {
		c.fail(model.Say("config.csv.no_client"))
	}
	for _, address := range row.reportTo {
		if _, err := mail.ParseAddress(address); err != nil {
			c.fail(model.Say("config.value.mail", "key", "report_to", "got", address))
		}
	}
	if len(row.aliases) > 0 && row.host == "" && row.address == "" {
		c.fail(model.Say("config.csv.no_host"))
	}
	c.name("client", row.client)
	c.name("host", row.host)
	if _, err := netip.ParseAddr(row.address); row.address != "" && err != nil {
		c.fail(model.Say("config.not_ip", "key", "address", "got", row.address))
	}
}

// name refuses what cannot be a name; "" is none.
func (c *csvReader) name(column, name string) {
	if v, ok := errors.AsType[*model.ValueError](model.CheckName(name)); ok && name != "" {
		c.fail(v.What.With("key", column))
	}
}

// host declares the host of a row, if it has data of one, and returns the word that names it.
func (c *csvReader) host(row csvRow, place model.Place) string {
	name := row.host
	if name == "" {
		name = row.address
	}
	says := row.address != "" || len(row.labels) > 0 || len(row.aliases) > 0
	if name != "" && (says || row.client == "" || row.source != "") {
		c.hosts = append(c.hosts, model.HostSpec{Name: name, Address: row.address, Aliases: row.aliases, Labels: row.labels, At: place})
	}
	return name
}

func (c *csvReader) client(row csvRow, host string, place model.Place) {
	i, known := c.at[row.client]
	if !known {
		i = len(c.clients)
		c.at[row.client] = i
		c.clients = append(c.clients, &csvClient{spec: model.ClientSpec{Name: row.client, At: place}})
	}
	client := c.clients[i]
	part := model.ClientSpec{Name: row.client, Group: row.group, ReportTo: row.reportTo, Contacts: row.contacts, Runbook: row.runbook, At: place}
	part.Tier, part.SLA = row.tier, row.sla
	if host == "" {
		part.Labels = row.labels
	}
	c.problems = append(c.problems, mergeClient(&client.spec, part)...)
	for _, word := range []string{row.domain, host} {
		if word != "" {
			client.places = append(client.places, csvPlace{word, row.services})
		}
	}
	client.spec.Domains = union(client.spec.Domains, row.domain)
	client.spec.Hosts = union(client.spec.Hosts, host)
	client.spec.Services = union(client.spec.Services, row.services...)
}

func (c *csvReader) declared() Declared {
	d := Declared{Hosts: c.hosts, Clients: make([]model.ClientSpec, len(c.clients))}
	for i, client := range c.clients {
		d.Clients[i] = client.finished()
	}
	return d
}

// finished limits services to their places if the places differ.
func (c *csvClient) finished() model.ClientSpec {
	all := len(c.spec.Services)
	differ := func(p csvPlace) bool { return len(p.services) > 0 && len(union(nil, p.services...)) != all }
	if !slices.ContainsFunc(c.places, differ) {
		return c.spec
	}
	c.spec.Service = make(map[string]model.ClientServiceSpec, all)
	for _, service := range c.spec.Services {
		var words []string
		for _, p := range c.places {
			if len(p.services) == 0 || slices.Contains(p.services, service) {
				words = union(words, p.word)
			}
		}
		c.spec.Service[service] = model.ClientServiceSpec{Hosts: words, At: c.spec.At}
	}
	return c.spec
}

func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// union is list with the words that it does not contain; "" is no word. list is not changed.
func union(list []string, words ...string) []string {
	list = slices.Clip(list)
	for _, w := range words {
		if w != "" && !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}
