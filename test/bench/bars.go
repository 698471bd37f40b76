package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// bar is one performance limit.
type bar struct {
	number, what string
	measure      func(ctx context.Context, w *world) ([]row, error)
}

const (
	manyChecks  = 20_000
	hungTimeout = 2 * time.Second
	runs        = 5 // of each pair; the median counts
)

// bars are those that are measured here, listed in docs/decisions/0043-bars-of-speed.md.
func bars() []bar {
	return []bar{
		{"1", "the engine beside the least that Go can do", measureEngine},
		{"3", "a sweep in which targets hang", measureHung},
		{"5", "an event group", measureEvents},
		{"6", "a storm", measureStorm},
		{"8", "the schedule", measureSchedule},
		{"4a", "answers in the chat", measureChat},
		{"4b", "a web test in the chat", measureWebTest},
		{"12", "an alert", measureAlert},
		{"13", "the status of one client among many", measureStatus},
		{"7", "a start with much to remember", measureStart},
		{"9", "what a check costs among many", measureGrowth},
		{"10", "history", measureHistory},
		{"11", "the end of a large log", measureLogs},
		{"2a", "the whole product, in rounds back to back", measureSweep},
		{"2b", "the whole product, at the pace of real life", measurePace},
		{"2c", "the whole product, when each check looks for a text", measureContains},
		{"2d", "the whole product, over TLS", measureTLS},
	}
}

// median is the median of a figure over runs.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// measureEngine runs engine and bare client alternately, so that other load on the machine affects both.
func measureEngine(ctx context.Context, w *world) ([]row, error) {
	var rows []row
	for _, c := range []struct{ n, rounds int }{{4000, 5}, {manyChecks, 1}} {
		var cpu, speed, engineCPU []float64
		for range runs {
			e, err := child(ctx, "engine", w.script(c.n, c.rounds))
			if err != nil {
				return nil, err
			}
			b, err := child(ctx, "bare", w.script(c.n, c.rounds))
			if err != nil {
				return nil, err
			}
			cpu, speed = append(cpu, e.cpuPerCheck()/b.cpuPerCheck()), append(speed, e.rate()/b.rate())
			engineCPU = append(engineCPU, e.cpuPerCheck()/1e3)
		}
		rows = append(
			rows,
			row{what: fmt.Sprintf("engine, %d endpoints: CPU of bare Go", c.n), limit: 1.3, measured: median(cpu), unit: " x", note: fmt.Sprintf("%.0f µs a check", median(engineCPU))},
			row{what: fmt.Sprintf("engine, %d endpoints: speed of bare Go", c.n), limit: 0.8, measured: median(speed), unit: " x", least: true},
		)
	}
	return rows, nil
}

// measureHung compares the sweep that meets hung targets for the first time with one in which nothing hangs, for that
// much of it is the machine's; and measures the next sweep, which knows them, by itself.
func measureHung(ctx context.Context, w *world) ([]row, error) {
	const n = 4000
	var first, again []float64
	for range runs {
		cold, err := child(ctx, "hung", w.script(n, 1))
		if err != nil {
			return nil, err
		}
		warm, err := child(ctx, "hung", w.script(n, 2))
		if err != nil {
			return nil, err
		}
		even, err := child(ctx, "engine", w.script(n, 1))
		if err != nil {
			return nil, err
		}
		first = append(first, cold.Wall.Seconds()/(hungTimeout+even.Wall).Seconds())
		again = append(again, warm.Wall.Seconds()/hungTimeout.Seconds())
	}
	what := fmt.Sprintf("%d endpoints, 10%% hang, 5%% refuse, timeout %s: ", n, hungTimeout)
	return []row{
		{what: what + "the first sweep, to a timeout and an even sweep", limit: 1.1, measured: median(first), unit: " x"},
		{what: what + "each further one, to a timeout", limit: 1.1, measured: median(again), unit: " x"},
	}, nil
}

func measureGrowth(ctx context.Context, w *world) ([]row, error) {
	sizes := []int{400, 4000, manyChecks}
	cpu, peak := make([][]float64, len(sizes)), make([]float64, len(sizes))
	for range runs {
		for i, n := range sizes {
			f, err := child(ctx, "engine", w.script(n, manyChecks/n))
			if err != nil {
				return nil, err
			}
			cpu[i], peak[i] = append(cpu[i], f.cpuPerCheck()), max(peak[i], float64(f.Peak)/float64(n))
		}
	}
	rows := []row{{what: fmt.Sprintf("CPU of a check among %d, to one among %d", manyChecks, sizes[0]), limit: 1.2, measured: median(cpu[2]) / median(cpu[0]), unit: " x"}}
	for i, n := range sizes[1:] {
		rows = append(rows, row{
			what: fmt.Sprintf("memory of a check among %d, to one among %d", n, sizes[i]), limit: 1, measured: peak[i+1] / peak[i], unit: " x",
			note: fmt.Sprintf("%.1f MB at the most", peak[i+1]*float64(n)/1024),
		})
	}
	return rows, nil
}

// The limits of the whole product.
const (
	sweepRounds = 60
	paceSeconds = 55  // less than the period: bare Go uses as many addresses as are requested in it
	mostPeak    = 135 // MB
	mostWritten = 100 // bytes a check
)

func measureSweep(ctx context.Context, w *world) ([]row, error) {
	sweep, err := sweepProduct(ctx, w.script(manyChecks, sweepRounds))
	if err != nil {
		return nil, err
	}
	bare, err := child(ctx, "bare", w.script(manyChecks, 5))
	if err != nil {
		return nil, err
	}
	rounds := fmt.Sprintf("product, %d rounds of %d back to back: ", sweep.Checks/manyChecks, manyChecks)
	return []row{
		{what: rounds + "CPU of bare Go", limit: 2, measured: sweep.cpuPerCheck() / bare.cpuPerCheck(), unit: " x", note: sweep.absolute()},
		{what: rounds + "memory at the most", limit: mostPeak, measured: float64(sweep.Peak) / 1024, unit: " MB"},
		{what: rounds + "written to the disk a check", limit: mostWritten, measured: float64(sweep.Written) / float64(sweep.Checks), unit: " B"},
	}, nil
}

func measurePace(ctx context.Context, w *world) ([]row, error) {
	pace, err := paceProduct(ctx, w.script(evenChecks, paceSeconds))
	if err != nil {
		return nil, err
	}
	bare, err := child(ctx, "paced", w.script(evenChecks, paceSeconds))
	if err != nil {
		return nil, err
	}
	even := fmt.Sprintf("product, %d checks in %s: ", evenChecks, period)
	return []row{
		{what: even + "CPU of bare Go at that pace", limit: 2, measured: pace.cpuPerCheck() / bare.cpuPerCheck(), unit: " x", note: pace.absolute()},
		{what: even + "written to the disk a check", limit: mostWritten, measured: float64(pace.Written) / float64(pace.Checks), unit: " B"},
	}, nil
}

// The limits of what users run, beside a lean client.
const (
	mostContains   = 1.5
	mostTLS        = 1.15
	secureChecks   = 4000
	mostSecurePeak = 140 // MB
)

// measureContains looks for a text in each answer, as the lean client does.
func measureContains(ctx context.Context, w *world) ([]row, error) {
	what := fmt.Sprintf("product, %d checks that look for a text: ", manyChecks)
	both, err := comparePairs(ctx, w.script(manyChecks, 15), "")
	if err != nil {
		return nil, err
	}
	return []row{
		{what: what + "CPU of a lean client", limit: mostContains, measured: median(both.ratios), unit: " x", note: both.absolute()},
		{what: what + "memory at the most", limit: mostPeak, measured: float64(both.own.Peak) / 1024, unit: " MB"},
	}, nil
}

// measureTLS compares with a lean client that verifies nothing, for each shape of chains.
func measureTLS(ctx context.Context, w *world) (rows []row, err error) {
	for _, shape := range slices.Sorted(maps.Keys(shapes)) {
		both, err := comparePairs(ctx, w.over(shape, secureChecks, 5), w.Roots)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("product, %d checks over TLS, chains %q: ", secureChecks, shape)
		rows = append(
			rows,
			row{what: what + "CPU of a lean client that verifies nothing", limit: mostTLS, measured: median(both.ratios), unit: " x", note: both.absolute()},
			row{what: what + "memory at the most", limit: mostSecurePeak, measured: float64(both.own.Peak) / 1024, unit: " MB"},
		)
	}
	return rows, nil
}
