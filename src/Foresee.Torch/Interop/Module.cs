// The scratch memory of a call is written before it is read; clearing it first would cost a tenth of a small call.
[module: System.Runtime.CompilerServices.SkipLocalsInit]
