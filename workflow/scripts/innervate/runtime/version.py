"""The version of Innervate, in a module of its own: a release alone changes no result."""

VERSION = "0.1.0"
