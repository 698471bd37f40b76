package cli

import (
	"fmt"
	"strings"

	"opsbot/ops"
	"opsbot/texts"
)

type webtestCmd struct {
	ConfigFlag
	jsonFlag
	Words     []string `arg:"" name:"selector"`
	Threshold int      `default:"0"`
	Logs      bool
	Mail      bool
	Report    string `placeholder:"NAME"`
	HTML      string `placeholder:"FILE" name:"html" type:"path"`
	CSV       string `placeholder:"FILE" name:"csv" type:"path"`
}

// Validate is called by kong.
func (c *webtestCmd) Validate() error {
	if c.Threshold < 0 || c.Threshold > 100 {
		return &textError{"cli.wrong.threshold", texts.Args{"got": c.Threshold}}
	}
	if c.Report != "" && !c.Mail {
		return &textError{id: "cli.wrong.report"}
	}
	return nil
}

// Run tests and prints the result. The exit code is 1 when there are findings.
func (c *webtestCmd) Run(con *Console) error {
	bar := progressBar{con: con}
	t, err := runWebTest(con.Ctx, webTestOptions{
		config: c.Config, words: c.Words, threshold: c.Threshold, texts: con.texts, language: con.Language, progress: bar.show, logs: c.Logs,
	})
	bar.end()
	if err != nil {
		return err
	}
	if err := c.print(con, t); err != nil {
		return err
	}
	if err := c.distribute(con, t); err != nil {
		return err
	}
	if t.problems() {
		return exitError{ExitProblems}
	}
	return nil
}

func (c *webtestCmd) print(con *Console, t *webTest) error {
	if c.JSON {
		return con.printJSON(t.view())
	}
	return con.printLine(t.text())
}

// distribute writes the report to files, and mails it.
func (c *webtestCmd) distribute(con *Console, t *webTest) error {
	for _, note := range t.notes() {
		fmt.Fprintln(con.Err, note)
	}
	page, err := t.html()
	if err != nil {
		return err
	}
	table, err := t.csv()
	if err != nil {
		return err
	}
	if err := con.writeFiles(output{c.HTML, page}, output{c.CSV, table}); err != nil || !c.Mail {
		return err
	}
	return c.mail(con, t)
}

// mail sends the report, and prints for each recipient whether it was sent. The exit code is 2 when one failed, or when none
// could be reached.
func (c *webtestCmd) mail(con *Console, t *webTest) error {
	all, err := t.mail(con.Ctx, c.Report)
	if err != nil {
		return err
	}
	failed, sent := false, len(all) == 0
	for _, d := range all {
		fmt.Fprintln(con.Err, d.text)
		failed, sent = failed || !d.sent && !d.skipped, sent || d.sent
	}
	if len(all) == 0 {
		fmt.Fprintln(con.Err, t.nobody())
	}
	if failed || !sent {
		return exitError{ExitFailed}
	}
	return nil
}

// barWidth is the bar's length: with the counts it stays under 80 columns.
const barWidth = 40

// progressBar is drawn on a terminal only.
type progressBar struct {
	con   *Console
	shown bool
}

func (b *progressBar) show(p ops.WebTestProgress) {
	if !b.con.Progress {
		return
	}
	b.shown = true
	full := p.Done * barWidth / max(1, p.Total)
	fmt.Fprintf(b.con.Err, "\r[%s%s] %d/%d, %d ✗ ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.Done, p.Total, p.Failed)
}

func (b *progressBar) end() {
	if b.shown {
		fmt.Fprintln(b.con.Err)
	}
}
