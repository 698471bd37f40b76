package telegram

// Decode reads one update; relevant: it is for the Handler.
func Decode(raw []byte) (in Incoming, relevant bool, err error) {
	d, err := decode(raw)
	return d.in, d.relevant, err
}

// UpdateID reads the number of an update alone.
func UpdateID(raw []byte) (int, error) { return updateID(raw) }
