#!/bin/sh
exec /opt/medusa/bin/medusa-container "$@"
