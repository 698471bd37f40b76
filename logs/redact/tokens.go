package redact

import (
	"strings"
)

// prefixed are beginnings that tell what a token is, with how many letters follow at least. A new kind of token is a row.
var prefixed = func() map[byte][]prefix {
	all := map[byte][]prefix{}
	for _, row := range []struct {
		least    int
		prefixes string
	}{
		{10, "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ pk_live_ pk_test_ whsec_ xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxe- xoxe. xapp- ya29. tskey- FLWSECK_TEST- FLWSECK- FLWPUBK_TEST- sm_aat_ sm_pat_ sm_sat_"},
		{12, "sk-proj- sk-ant- sk-svcacct- sk-admin- sk-or- glc_ GOCSPX- EAAA sq0atp- sq0csp- sq0idp- glpat- gldt- glrt- glft- glffct- glimt- glagent- gloas- glsoat- glptt- glcbt- glrtr- GR1348941 sk- hvs. hvb. hvr. dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit."},
		{16, "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ npm_ pypi- rubygems_ shpat_ shpca_ shppa_ shpss_ dop_v1_ doo_v1_ dor_v1_ lin_api_ lin_oauth_ pnu_ pul- PMAK- pscale_tkn_ pscale_pw_ pscale_oauth_ duffel_test_ duffel_live_ " +
			"fio-u- fo1_ fm1a_ fm1r_ fm2_ glsa_ hf_ api_org_ ico- AKCp cmVmd LTAI NRAK- NRJS- NRII- NRIQ- NRRA- rdme_ sbp_ sb_secret_ sb_publishable_ sntrys_ sntryu_ sgp_ slk_ squ_ sqp_ sqa_ tfp_ tvly- gsk_ xai- r8_ lsv2_ dckr_pat_ dckr_oat_ " +
			"figd_ bkua_ rnd_ re_ mlsn. nfp_ napi_ nvapi- pcsk_ pplx- CFPAT- CCIPAT_ CLOJARS_ dnkey- dt0c01. dt0s01. dt0s16. dt0s02. dapi ATATT3 ATBB ATCTT3 HRKU- ntn_ secret_ oy2 API- p8e- b_ aio_ ops_eyJ AGE-SECRET-KEY-1 A3- shippo_live_ " +
			"shippo_test_ live_pub_ test_pub_ xkeysib- xsmtpsib- SG. key- pubkey- tk-us- access-sandbox- access-development- access-production- s-s4t2ud- s-s4t2af- v1.0- sl. t1. AQVN YC IGQ EAAC EAAM EAAG EAA fb_ AIza ABSK bedrock-api-key- " +
			"sha256~ NRAL- keys_ sc_ scauth_ authress_ EZAK EZTK ZXlK AAAAAAAAAAAAAAAAAAAAAA 4b1d pk. sk. tk. pat. sat. vcp_ sess- crsr_ lm_ phx_ phc_ rpa_ rpat_ pit_ ckey_ cio_ tok_live_ s. whk_ kg_ kgat_ SK AC hapikey- pat-na1- pat-eu1- live_ eyJ"},
	} {
		for p := range strings.FieldsSeq(row.prefixes) {
			all[p[0]] = append(all[p[0]], prefix{p, row.least})
		}
	}
	return all
}()

type prefix struct {
	text  string
	least int
}

// sure are prefixes that nothing else has: what follows them is hidden however it looks.
var sure = func() map[string]bool {
	all := map[string]bool{}
	for p := range strings.FieldsSeq("sk-proj- sk-ant- sk-svcacct- sk-admin- sk-or- xoxb- xoxp- xapp- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- sk_live_ sk_test_ rk_live_ rk_test_ whsec_ AGE-SECRET-KEY-1 GOCSPX- shpat_ shpss_ dop_v1_ GR1348941 hf_ api_org_ glc_") {
		all[p] = true
	}
	return all
}()

// saying are the parts of a token's prefix that call it one, whoever made it: acme_live_…, shop-pat-….
var saying = map[string]bool{
	"sk": true, "rk": true, "sec": true, "secret": true, "tok": true, "tkn": true, "token": true, "key": true, "apikey": true, "pat": true, "pw": true, "live": true, "oauth": true, "priv": true, "private": true,
	"webhook": true, "cred": true, "refresh": true, "rt": true, "at": true, "api": true,
}

// shortest is the shortest word that is looked at.
const shortest = 12

// hideWords redacts words that are tokens by their form.
func hideWords(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		if !isTokenByte(s[i]) {
			i++
			continue
		}
		begin := i
		for i < len(s) && isTokenByte(s[i]) {
			i++
		}
		if i-begin < shortest {
			continue
		}
		cut := tokenIn(s[begin:i])
		if cut < 0 && begin > 0 && strings.IndexByte(" \"'`=>:,|", s[begin-1]) >= 0 && afterVendor(s[:begin]) && isChance(s[begin:i]) {
			cut = 0
		}
		if cut >= 0 && !isFingerprint(s[:begin]) {
			b.WriteString(s[from:begin+cut] + hidden)
			i = restOf(s, i)
			from = i
		}
	}
	return b.String() + s[from:]
}

// restOf is where a token in base64 ends that was found up to i: it may have signs that words do not.
func restOf(s string, i int) int {
	for i < len(s) && strings.IndexByte("+/=", s[i]) >= 0 {
		end := i + 1
		for end < len(s) && isTokenByte(s[end]) {
			end++
		}
		c := classes(s[i:end])
		if s[i] == '/' && (end-i < 8 || c.digits == 0 || c.upper == 0 || c.lower == 0) || s[i] == '=' && end-i > 1 && (end-i < 8 || c.digits == 0) {
			return i
		}
		i = end
	}
	return i
}

func isTokenByte(b byte) bool {
	return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_' || b == '-' || b == '.' || b == '~'
}

// tokenIn is where a token begins in a word; -1 if there is none.
func tokenIn(word string) int {
	if isUUID(word) {
		return -1
	}
	for at := range len(word) {
		if at > 0 && word[at-1] != '_' && word[at-1] != '-' && word[at-1] != '.' && word[at-1] != '~' {
			continue
		}
		for _, p := range prefixed[word[at]] {
			rest, found := strings.CutPrefix(word[at:], p.text)
			if found && (at == 0 || len(p.text) > 3) && len(rest) >= p.least && isBody(p.text, rest) {
				return at
			}
		}
	}
	if isMarked(word) || saysToken(word) {
		return 0
	}
	return -1
}

// isBody reports whether what follows a prefix is made by chance. A short prefix, or one that is a word, needs a body that is clearly so.
func isBody(before, rest string) bool {
	run := rest
	if i := strings.IndexAny(rest, "._~"); i >= 8 {
		run = rest[:i]
	}
	c := classes(rest)
	switch {
	case sure[before]:
		return true
	case len(before) <= 3 || before == "key-" || before == "API-" || before == "live_" || before == "secret_" || before == "keys_" || strings.HasSuffix(before, "."):
		return c.mixed(len(rest)) && longestRun(rest) >= 8 && !isName(rest) || c.lower == 0 && c.digits > 0 && longestRun(rest) >= 20
	case c.digits > 0 && c.letters > 0:
		return longestRun(rest) >= 8 || len(run) >= 16
	case c.digits == len(rest):
		return true
	default:
		return c.upper > 0 && c.lower > 0 && len(rest) >= 16
	}
}

// isMarked recognizes tokens by what they have within: of Terraform, Azure, MaxMind, Mailchimp, OpenAI, Airtable, Discord, Authress.
func isMarked(word string) bool {
	switch {
	case strings.Contains(word, ".atlasv1."), strings.HasSuffix(word, "_mmk"), strings.Contains(word, "T3BlbkFJ"), strings.Contains(word, ".acc_"), strings.Contains(word, ".acc-"):
		return true
	}
	if i := strings.Index(word, "Q~"); i >= 3 && i <= 5 && len(word) >= 36 {
		return true
	}
	first, rest, found := strings.Cut(word, "-us")
	if found && len(first) == 32 && isHex(first) && len(rest) >= 1 && len(rest) <= 2 && isDigit(rest[0]) {
		return true
	}
	parts := strings.Split(word, ".")
	if len(parts) == 2 && strings.HasPrefix(parts[0], "pat") && len(parts[1]) == 64 && isHex(parts[1]) {
		return true
	}
	dashed := strings.Split(word, "-")
	if len(dashed) == 3 && len(dashed[0]) == 32 && len(dashed[1]) == 8 && len(dashed[2]) == 8 && classes(word).digits > 6 { // Mailgun
		return true
	}
	return len(parts) == 3 && len(parts[0]) >= 23 && len(parts[0]) <= 28 && len(parts[1]) >= 5 && len(parts[1]) <= 7 && len(parts[2]) >= 27 && isRandom(parts[2]+parts[0])
}

// saysToken reports whether a part of a word's prefix says that it is a secret, and the last part is made by chance.
func saysToken(word string) bool {
	parts := strings.FieldsFunc(word, func(r rune) bool { return r == '_' || r == '-' })
	if len(parts) < 2 {
		return false
	}
	last := parts[len(parts)-1]
	if c := classes(last); len(last) < 16 || !c.mixed(len(last)) {
		return false
	}
	for _, p := range parts[:len(parts)-1] {
		if saying[strings.ToLower(p)] {
			return true
		}
	}
	return false
}

// counts are how many bytes of which kind a word has, and how often the kind changes.
type counts struct{ letters, upper, lower, digits, turns int }

// mixed reports whether kinds change as often as chance changes them: digits among letters, or capitals among small letters.
func (c counts) mixed(n int) bool {
	return c.digits >= 3 && c.letters >= 3 && c.turns*5 >= n || c.upper >= 3 && c.lower >= 3 && c.turns*3 >= n
}

func classes(word string) (c counts) {
	last := 0
	for i := range len(word) {
		kind := 0
		switch b := word[i]; {
		case isDigit(b):
			c.digits++
			kind = 1
		case b >= 'a' && b <= 'z':
			c.lower++
			kind = 2
		case b >= 'A' && b <= 'Z':
			c.upper++
			kind = 3
		}
		if kind != 0 && last != 0 && kind != last {
			c.turns++
		}
		if kind != 0 {
			last = kind
		}
	}
	c.letters = c.upper + c.lower
	return c
}

// longestRun is the length of the longest part without signs.
func longestRun(word string) (most int) {
	run := 0
	for i := range len(word) {
		if b := word[i]; isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' {
			run++
		} else {
			run = 0
		}
		most = max(most, run)
	}
	return most
}

// isName reports whether a text reads like the name of a file, a host or a class: letters with few digits, in parts.
func isName(text string) bool {
	c := classes(text)
	return strings.Count(text, ".")+strings.Count(text, "-")+strings.Count(text, "_") >= 2 && c.digits*3 < c.letters && c.upper == 0
}

func isHex(word string) bool { return word != "" && strings.Trim(word, "0123456789abcdefABCDEF") == "" }

// isUUID reports whether a word is one: it names things and opens nothing.
func isUUID(word string) bool {
	if len(word) != 36 {
		return false
	}
	for i := range len(word) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (word[i] == '-') || !dash && !isHex(word[i:i+1]) {
			return false
		}
	}
	return true
}

// isFingerprint reports whether a word is the fingerprint of a key or a digest by what stands before it: "SHA256:", "sha512-".
func isFingerprint(before string) bool {
	low := strings.ToLower(before[max(0, len(before)-16):])
	for _, mark := range []string{"sha256:", "sha512:", "sha1:", "sha384:", "md5:", "sha256-", "sha384-", "sha512-", "fingerprint ", "fingerprint:", "sha256=", "digest:", "etag: \"", "etag=\""} {
		if strings.HasSuffix(low, mark) {
			return true
		}
	}
	return false
}

// vendors are parts of the names of settings whose values are keys, whatever they are called: ADOBE_CLIENT, datadog.app.
var vendors = strings.Fields("adafruit adobe airtable algolia alibaba aliyun asana atlassian confluence jira beamer bitbucket bittrex meraki cloudflare codecov cohere co_api coinbase confluent contentful databricks datadog " +
	"discord dnkey droneci dropbox etsy facebook fastly finicity finnhub flickr freshbooks gitter gocardless heroku hubspot intercom jfrog artifactory bintray xray kraken kucoin launchdarkly linear linkedin linked_in " +
	"linked-in lob looker mailchimp mailgun mapbox mattermost messagebird message_bird message-bird netlify newrelic new-relic new_relic nytimes okta plaid private_ai privateai rapidapi sendbird sentry snyk sonar " +
	"squarespace sumo telegr travis twitch twitter typeform yandex zendesk contribsys algolia stripe twilio openai anthropic gemini mistral")

// afterVendor reports whether a value follows the name of such a setting.
func afterVendor(before string) bool {
	const reach = 64
	bare := strings.TrimRight(before, " \t\"'`=>:|?,\\")
	if bare == before || len(before)-len(bare) > 8 || !strings.ContainsAny(before[len(bare):], "=:>|,") {
		return false
	}
	name := bare
	if i := strings.LastIndexAny(bare, " \t\"'`&?{,;()"); i >= 0 {
		name = bare[i+1:]
	}
	name = strings.ToLower(name[max(0, len(name)-reach):])
	if strings.Contains(name, "/") {
		return false
	}
	for _, v := range vendors {
		if strings.Contains(name, v) {
			return true
		}
	}
	return false
}

// isChance reports whether a value was made by chance: letters and digits in turn, a UUID, or a long number.
func isChance(word string) bool {
	c := classes(word)
	switch {
	case isUUID(word), c.digits == len(word):
		return len(word) >= 15
	case isPlace(word):
		return false
	default:
		return c.digits >= 1 && c.letters >= 4 && longestRun(word) >= 12 || len(word) >= 20 && c.upper >= 4 && c.lower >= 4
	}
}
