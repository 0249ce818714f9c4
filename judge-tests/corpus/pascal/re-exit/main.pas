program Three;
begin
  WriteLn('hello');
  Halt(3);
end.
