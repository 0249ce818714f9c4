program Hungry;
const
  PieceSize = 4 shl 20;
var
  i: Integer;
  p: Pointer;
begin
  for i := 1 to 512 do
  begin
    GetMem(p, PieceSize);
    FillChar(p^, PieceSize, 120);
  end;
  WriteLn('hello');
end.
