program Wrong;
var
  a, b: Integer;
begin
  ReadLn(a, b);
  WriteLn(a + b);
end.
