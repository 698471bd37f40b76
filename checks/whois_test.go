package checks_test

import (
	"testing"
	"time"

	"opsbot/checks"
)

// whoisAnswers are answers in the ways in which registries write them, with made-up domains, and what each says.
var whoisAnswers = map[string]struct{ text, until, suspended string }{
	"com":            {"   Domain Name: ACME.COM\r\n   Registry Domain ID: 1_DOMAIN_COM-VRSN\r\n   Registrar WHOIS Server: whois.registrar.example\r\n   Updated Date: 2026-02-01T10:00:00Z\r\n   Creation Date: 1999-05-01T04:00:00Z\r\n   Registry Expiry Date: 2027-05-01T04:00:00Z\r\n   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\r\n", "2027-05-01T04:00:00Z", ""},
	"a registrar":    {"Domain Name: acme.com\nCreation Date: 1999-05-01T04:00:00.00Z\nRegistrar Registration Expiration Date: 2027-05-01T04:00:00.00Z\n", "2027-05-01T04:00:00Z", ""},
	"com, suspended": {"   Registry Expiry Date: 2027-05-01T04:00:00Z\n   Domain Status: clientHold https://icann.org/epp#clientHold\n", "2027-05-01T04:00:00Z", "clientHold"},
	"com, redeemed":  {"   Registry Expiry Date: 2026-11-01T04:00:00Z\n   Domain Status: redemptionPeriod https://icann.org/epp#redemptionPeriod\n", "2026-11-01T04:00:00Z", "redemptionPeriod"},
	"ru":             {"% TCI Whois Service. Terms of use:\n% https://example.net/\n\ndomain:        ACME.RU\nnserver:       ns1.acme.ru. 192.0.2.1\nstate:         REGISTERED, DELEGATED, VERIFIED\norg:           Acme\ncreated:       2001-03-31T20:00:00Z\npaid-till:     2027-04-01T21:00:00Z\nfree-date:     2027-05-03\nsource:        TCI\n", "2027-04-01T21:00:00Z", ""},
	"ru, off":        {"domain:        ACME.RU\nstate:         REGISTERED, NOT DELEGATED, UNVERIFIED\npaid-till:     2027-04-01T21:00:00Z\n", "2027-04-01T21:00:00Z", "NOT DELEGATED"},
	"uk":             {"    Domain name:\n        acme.co.uk\n\n    Relevant dates:\n        Registered on: 01-May-1999\n        Expiry date:  01-May-2027\n        Last updated:  10-Apr-2026\n\n    Registration status:\n        Registered until expiry date.\n", "2027-05-01T00:00:00Z", ""},
	"fi":             {"domain.............: acme.fi\nstatus.............: Registered\ncreated............: 1.5.1999 00:00:00\nexpires............: 1.5.2027 10:30:00\n", "2027-05-01T10:30:00Z", ""},
	"se":             {"state:            active\ndomain:           acme.se\ncreated:          1999-05-01\nexpires:          2027-05-01\nstatus:           ok\n", "2027-05-01T00:00:00Z", ""},
	"cz":             {"domain:       acme.cz\nregistered:   01.05.1999 10:00:00\nexpire:       02.05.2027\n", "2027-05-02T00:00:00Z", ""},
	"pl":             {"DOMAIN NAME:           acme.pl\ncreated:               1999.05.01 12:00:00\nrenewal date:          2027.05.01 14:00:00\n", "2027-05-01T14:00:00Z", ""},
	"br":             {"domain:      acme.com.br\nowner:       Acme\ncreated:     19990501 #1\nexpires:     20270501\nstatus:      published\n", "2027-05-01T00:00:00Z", ""},
	"jp":             {"[Domain Name]                   ACME.JP\n[登録年月日]                    2001/03/26\n[有効期限]                      2027/03/31\n[状態]                          Active\n", "2027-03-31T00:00:00Z", ""},
	"kr":             {"Domain Name                 : acme.co.kr\nRegistered Date             : 1999. 05. 01.\nExpiration Date             : 2027. 05. 01.\n", "2027-05-01T00:00:00Z", ""},
	"it":             {"Domain:             acme.it\nStatus:             ok\nCreated:            1999-05-01 00:00:00\nExpire Date:        2027-05-01\n", "2027-05-01T00:00:00Z", ""},
	"ua":             {"domain:           acme.com.ua\ncreated:          1999-05-01 10:00:00+03\nexpires:          2027-05-01 10:00:00+03\nstatus:           ok\n", "2027-05-01T07:00:00Z", ""},
	"by":             {"Domain Name: acme.by\nCreation Date: 1999-05-01\nExpiration Date: 2027-05-01\n", "2027-05-01T00:00:00Z", ""},
	"ee":             {"Domain:\nname:       acme.ee\nstatus:     ok (paid and in zone)\nregistered: 1999-05-01 10:00:00 +03:00\nexpire:     2027-05-01\noutzone:\ndelete:\n", "2027-05-01T00:00:00Z", ""},
	"tr":             {"** Domain Name: acme.com.tr\n\nCreated on..............: 1999-May-01.\nExpires on..............: 2027-May-01.\n", "2027-05-01T00:00:00Z", ""},
	"cn":             {"Domain Name: acme.cn\nDomain Status: ok\nRegistration Time: 1999-05-01 12:00:00\nExpiration Time: 2027-05-01 12:00:00\n", "2027-05-01T12:00:00Z", ""},
	"fr":             {"domain:                        acme.fr\nstatus:                        ACTIVE\nhold:                          NO\nExpiry Date:                   2027-05-01T10:00:00Z\ncreated:                       1999-05-01T10:00:00Z\n", "2027-05-01T10:00:00Z", ""},
	"hk":             {"Domain Name Commencement Date: 01-05-1999\nExpiry Date: 13-05-2027\n", "2027-05-13T00:00:00Z", ""},
	"edu":            {"Domain record activated:    01-May-1999\nDomain record last updated: 01-Jul-2026\nDomain expires:             31-Jul-2027\n", "2027-07-31T00:00:00Z", ""},
	"rs":             {"Domain name: acme.rs\nDomain status: Active\nRegistration date: 01.05.1999 10:00:00\nExpiration date: 01.05.2027 10:00:00\n", "2027-05-01T10:00:00Z", ""},
	"de":             {"% Terms and Conditions of Use\nDomain: acme.de\nNserver: ns1.acme.de\nStatus: connect\nChanged: 2026-05-01T10:00:00+02:00\n", "", ""},
	"nl":             {"Domain name: acme.nl\nStatus:      active\n\nRegistrar:\n   Acme\n", "", ""},
}

// TestWhoisAnswers of a registered domain: none is taken for one that is free, however much small print mentions that.
func TestWhoisAnswers(t *testing.T) {
	const small = "\n>>> Last update of whois database: 2026-12-01T09:00:00Z <<<\nNOTICE: The expiration date displayed in this record is the date the registrar's sponsorship is\nset to expire. Domains not found here may be available, no match is no promise.\n"
	for name, c := range whoisAnswers {
		for _, text := range []string{c.text, c.text + small} {
			until, free, suspended := checks.ReadWhois(text)
			var want time.Time
			if c.until != "" {
				want, _ = time.Parse(time.RFC3339, c.until)
			}
			if !until.Equal(want) || free || suspended != c.suspended {
				t.Errorf("%s: until %s, free %v, suspended %q; want %s, %q", name, until.Format(time.RFC3339), free, suspended, c.until, c.suspended)
			}
		}
	}
}

// TestWhoisOfNoDomain: how registries say that nobody has one.
func TestWhoisOfNoDomain(t *testing.T) {
	for _, text := range []string{
		"No match for \"ACME.COM\".\r\n>>> Last update of whois database: 2026-12-01T09:00:00Z <<<\r\n", "No entries found for the selected source(s).\n", "% No entries found.\n",
		"NOT FOUND\n", "Domain not found.\n", "%% No match for domain \"acme.se\"\n", "domain \"acme.se\" not found.\n", "Domain: acme.de\nStatus: free\n", "acme.nl is free\n", "No Data Found\n",
		"The queried object does not exist: no match\n", "No match!!\n", "%ERROR:101: no entries found\n", "    No match for \"acme.co.uk\".\n", "% No such domain acme.com.br\n", "Domain acme.it\nStatus:             AVAILABLE\n",
		"No information available about domain name acme.pl in the Registry NASK database.\n", "No Object Found\n", "Above domain name is not registered to KRNIC.\n", "No records matching acme.lv\n",
	} {
		if until, free, suspended := checks.ReadWhois(text); !free || !until.IsZero() || suspended != "" {
			t.Errorf("%q: free %v, until %v, suspended %q", text, free, until, suspended)
		}
	}
	for _, text := range []string{"", "Query rate limit exceeded. Try again later.\n", "% Too many requests\n", "Error: connection limit exceeded\n", "<html><body>404 not found</body></html>"} {
		if until, free, suspended := checks.ReadWhois(text); free || !until.IsZero() || suspended != "" {
			t.Errorf("%q: free %v, until %v, suspended %q", text, free, until, suspended)
		}
	}
}

// FuzzWhois: whatever a server says, a date that is read is one, and nothing is both free and registered.
func FuzzWhois(f *testing.F) {
	for _, c := range whoisAnswers {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		until, free, suspended := checks.ReadWhois(text)
		if free && (!until.IsZero() || suspended != "") || until.Year() > 9999 {
			t.Errorf("until %v, free %v, suspended %q", until, free, suspended)
		}
	})
}
