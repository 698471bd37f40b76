package doctor

// What the kernel says of the machine, and what DNS says after a time, without either.
var (
	Space    = space
	Kept     = kept
	Answered = answered
)
