package schedule

import (
	"container/heap"
	"slices"
	"time"

	"opsbot/model"
)

// item is a set of checks that start at the same time, or an expression whose slot begins then.
type item struct {
	at    time.Time // in elapsed time
	ids   []model.CheckID
	slot  *plan     // set on a slot, which has no ids: its round is queued when it begins
	again int       // of Scheduler.Again: its number; 0 for scheduled ones
	ends  *roundEnd // set on the last item of a round whose slot is stored
}

// roundEnd says that with this item all checks of a due time have been started.
type roundEnd struct {
	expression string
	due        time.Time
}

// queue holds items, the earliest first. The zero value is empty.
type queue struct{ items items }

func (q *queue) push(i item) { heap.Push(&q.items, i) }

func (q *queue) pop() { heap.Pop(&q.items) }

// remove takes the items out that are meant, and returns them.
func (q *queue) remove(meant func(*item) bool) (removed []item) {
	q.items = slices.DeleteFunc(q.items, func(i item) bool {
		if meant(&i) {
			removed = append(removed, i)
			return true
		}
		return false
	})
	heap.Init(&q.items)
	return removed
}

func (q *queue) peek() (item, bool) {
	if len(q.items) == 0 {
		return item{}, false
	}
	return q.items[0], true
}

// items implements heap.Interface.
type items []item

func (h items) Len() int           { return len(h) }
func (h items) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h items) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *items) Push(x any) {
	if i, ok := x.(item); ok {
		*h = append(*h, i)
	}
}

func (h *items) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
