package model

// GatewayChannel begins the name of the channel of a gateway: "gateway:voice".
const GatewayChannel = "gateway:"
