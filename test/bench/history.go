package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"opsbot/history"
	"opsbot/model"
	"opsbot/report/chart"
	"opsbot/store"
)

// The limits of history.
const (
	mostGrowth   = 100 // MB a day
	mostChart    = 200 // ms
	chartSamples = 9
)

// past is a history of generated results.
type past struct {
	db       *store.DB
	recorder *history.Recorder
	inv      *model.Inventory
	now      time.Time
	rand     *rand.Rand
	slow     []time.Duration // mean latency of each check
}

// measureHistory fills a day with results of 20,000 checks, each once a minute, and measures the file and a chart. Latencies are
// as on real networks: each endpoint has its own, most results within a tenth of it, some far longer; one in a thousand fails.
func measureHistory(ctx context.Context, _ *world) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "opsbot-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := &past{now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), rand: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // the same each time
	path := filepath.Join(dir, "opsbot.db")
	if p.db, err = store.Open(ctx, store.Options{Path: path, Now: func() time.Time { return p.now }}); err != nil {
		return nil, err
	}
	defer func() { _ = p.db.Close() }()
	if err := p.begin(ctx); err != nil {
		return nil, err
	}
	var sizes []float64
	begun := time.Now()
	for range 24 {
		if err := p.hour(ctx); err != nil {
			return nil, err
		}
		size, err := sizeOf(path)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	kept := float64(time.Since(begun).Nanoseconds()) / 1e3 / (24 * 60 * manyChecks)
	day := (sizes[len(sizes)-1] - sizes[0]) * 24 / float64(len(sizes)-1) // the first hour includes the empty tables
	reading, drawing, err := p.chart(ctx)
	if err != nil {
		return nil, err
	}
	return []row{
		{what: fmt.Sprintf("history of %d checks a minute: the database grows in a day by", manyChecks), limit: mostGrowth, measured: day, unit: " MB", note: fmt.Sprintf("%.2f µs a result", kept)},
		{what: "the 24 h chart of one of them: read", limit: mostChart, measured: reading, unit: " ms"},
		{what: "the same, read and drawn", limit: mostChart, measured: reading + drawing, unit: " ms"},
	}, nil
}

// begin creates checks and numbers them.
func (p *past) begin(ctx context.Context) error {
	var checks []*model.Check
	for i := range manyChecks {
		id := model.EndpointCheckID("client"+strconv.Itoa(i/16), "service"+strconv.Itoa(i%4), "host"+strconv.Itoa(i/4))
		checks = append(checks, &model.Check{ID: id})
		p.slow = append(p.slow, time.Duration(math.Exp(p.rand.NormFloat64())*float64(40*time.Millisecond)))
	}
	p.inv = model.NewInventory(nil, nil, nil, checks)
	p.recorder = history.New(history.Options{
		Store: p.db, Inventory: func() *model.Inventory { return p.inv }, Now: func() time.Time { return p.now }, Fault: func(error) {},
	})
	if err := p.recorder.Start(ctx); err != nil {
		return err
	}
	return p.recorder.Number(ctx, p.inv)
}

// hour records an hour, written every five minutes: more often than opsbot does, which costs more.
func (p *past) hour(ctx context.Context) error {
	round := make([]model.Result, manyChecks)
	for minute := range 60 {
		for i, c := range p.inv.Checks() {
			at := p.now.Add(time.Duration(i)*time.Minute/manyChecks + time.Duration(p.rand.IntN(20))*time.Millisecond)
			round[i] = model.Result{Check: c.ID, Status: model.StatusOK, At: at, Took: p.took(i)}
			if p.rand.IntN(1000) == 0 {
				round[i].Status = model.StatusFail
			}
		}
		p.recorder.Record(round)
		p.now = p.now.Add(time.Minute)
		if minute%5 == 4 {
			if err := p.recorder.Flush(ctx); err != nil {
				return err
			}
		}
	}
	return p.recorder.RollUp(ctx)
}

func (p *past) took(i int) time.Duration {
	factor := 1 + 0.1*math.Abs(p.rand.NormFloat64())
	if p.rand.IntN(20) == 0 {
		factor *= 1 + 3*p.rand.Float64()
	}
	return time.Duration(float64(p.slow[i]) * factor)
}

// sizeOf is the size of a database with its log, in MB.
func sizeOf(path string) (float64, error) {
	var size int64
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return float64(size) / 1e6, nil
}

// chart reads and draws the last day of checks, in milliseconds; the median counts.
func (p *past) chart(ctx context.Context) (reading, drawing float64, err error) {
	var reads, draws []float64
	span := model.Span{From: p.now.Add(-model.Day), To: p.now}
	for i := range chartSamples {
		ids := []model.CheckID{p.inv.Checks()[i*manyChecks/chartSamples].ID}
		begun := time.Now()
		s, err := p.recorder.Series(ctx, ids, span, 10*time.Minute)
		if err != nil {
			return 0, 0, err
		}
		read := time.Now()
		words := chart.Words{Date: func(t time.Time) string { return t.Format("2 Jan") }, Duration: time.Duration.String}
		if err := (&chart.Picture{Series: s, Words: words}).PNG(&bytes.Buffer{}); err != nil {
			return 0, 0, err
		}
		reads, draws = append(reads, read.Sub(begun).Seconds()*1e3), append(draws, time.Since(read).Seconds()*1e3)
	}
	return median(reads), median(draws), nil
}
