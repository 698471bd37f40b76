package doctor

// What the kernel says of the machine, without the machine.
var (
	Space = space
	Kept  = kept
)
