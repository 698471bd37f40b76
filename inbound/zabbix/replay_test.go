package zabbix_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opsbot/inbound/zabbix"
	"opsbot/model"
)

// replay reads to the end.
func replay(t *testing.T, c *zabbix.Client, mark string) (got []string, next string) {
	t.Helper()
	for more := true; more; {
		var events []model.Event
		var err error
		events, mark, more, err = c.Replay(t.Context(), mark)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			moments := fmt.Sprint(e.ID, " ", e.OpenedAt.Unix())
			if !e.Active() {
				moments += fmt.Sprint("-", e.EndedAt.Unix())
			}
			got = append(got, moments)
		}
	}
	return got, mark
}

func TestReplayOfWhatCameAndWent(t *testing.T) {
	f := newFake(t)
	c := f.client()
	if got, mark := replay(t, c, ""); got != nil || mark != "0" {
		t.Errorf("of an empty Zabbix: %v, mark %s", got, mark)
	}
	f.problem(1, 1000)
	got, mark := replay(t, c, "")
	if got != nil || mark != "1" {
		t.Errorf("the first time: %v, mark %s", got, mark)
	}
	snapshot(t, c)
	f.recover(1, 2, 1500)
	f.problem(3, 2000)
	f.recover(3, 4, 2010)
	f.problem(5, 2005)
	f.problem(6, 2100)
	f.recover(6, 7, 0) // the housekeeper deleted its end
	got, mark = replay(t, c, mark)
	if diff := cmp.Diff([]string{"3 2000-2010", "5 2005", "6 2100-2100"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// 5 and 3 are more than a minute older than the last one: nothing can appear among them any more.
	if mark != "5" {
		t.Errorf("mark %s", mark)
	}
	snapshot(t, c) // now 5 is known
	if got, again := replay(t, c, "0"); again != "5" || len(got) != 3 {
		t.Errorf("again from the beginning: %v, mark %s", got, again)
	}
}

// TestReplayFindsStragglers: ids are assigned before events are written.
func TestReplayFindsStragglers(t *testing.T) {
	f := newFake(t)
	c := f.client()
	f.problem(10, 1000)
	f.recover(10, 11, 1001)
	_, mark := replay(t, c, "5")
	f.problem(9, 999)
	f.recover(9, 12, 1001)
	if got, _ := replay(t, c, mark); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestReplayGoesOnInPages(t *testing.T) {
	f := newFake(t)
	for i := range 1200 {
		f.problem(2*i+1, 1000)
		f.recover(2*i+1, 2*i+2, 1001)
	}
	got, mark := replay(t, f.client(), "0")
	if len(got) != 1200 || mark != "1999" { // the last page is read again: it is less than a minute old
		t.Errorf("%d events, mark %s", len(got), mark)
	}
}

func TestReplayOfAnOlderDatabase(t *testing.T) {
	f := newFake(t)
	f.problem(3, 1000)
	if got, mark := replay(t, f.client(), "900"); got != nil || mark != "3" {
		t.Errorf("%v, mark %s", got, mark)
	}
	if got, mark := replay(t, f.client(), "no number"); got != nil || mark != "3" {
		t.Errorf("%v, mark %s", got, mark)
	}
}
