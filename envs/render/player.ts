/** Milliseconds a step at speed 1. */
export const MILLISECONDS = 50;

/** The script of a page, on its `data`. It runs in the browser as it stands. */
export const PLAYER = `
const $=(id)=>document.getElementById(id),sections=[...document.querySelectorAll('.panel')];
const last=Math.max(...data.panels.map((p)=>p.pictures.length))-1;
let at=0,playing=!matchMedia('(prefers-reduced-motion:reduce)').matches,due=0;
$('at').max=last;
function show(){
  data.panels.forEach((p,i)=>{
    const t=Math.min(at,p.pictures.length-1),section=sections[i];
    section.querySelector('svg').innerHTML=p.pictures[t].map((k)=>data.shapes[k]).join('');
    const over=t===p.pictures.length-1?{terminated:', episode over',truncated:', time limit',cut:', cut here'}[p.end]:'';
    section.querySelector('h2 span').textContent='step '+t+', return '+p.totals[t]+over;
    section.querySelectorAll('.row').forEach((row,k)=>{
      row.classList.toggle('taken',!data.bounds&&p.actions[t]!==null&&p.actions[t][0]===k);
      row.querySelectorAll('.bars>div').forEach((bar,who)=>{
        const opinion=p.opinions[t][who],fill=bar.querySelector('.fill'),told=bar.querySelector('output');
        if(!opinion){fill.style.width=0;told.textContent='';return}
        if(data.bounds){
          const [low,high]=data.bounds[k],mean=opinion[k],spread=opinion[k+data.bounds.length];
          const place=(v)=>100*(Math.min(Math.max(v,low),high)-low)/(high-low);
          const from=Math.min(place(mean-spread),98.5);
          fill.style.left=from+'%';fill.style.width=Math.max(1.5,place(mean+spread)-from)+'%';
          told.textContent=mean.toFixed(2)+' ± '+spread.toFixed(2);
        }else{fill.style.width=100*opinion[k]+'%';told.textContent=(100*opinion[k]).toFixed(1)+' %'}
      });
    });
  });
  $('at').value=at;$('told').textContent=at+' of '+last;$('play').textContent=playing?'Pause':at===last?'Again':'Play';
}
function tick(now){
  if(playing&&now>=due){
    due=now+${MILLISECONDS}/$('speed').value;
    if(at<last)at++;else playing=false;
    show();
  }
  requestAnimationFrame(tick);
}
$('play').onclick=()=>{playing=!playing;if(playing&&at===last)at=0;show()};
$('at').oninput=()=>{at=Number($('at').value);playing=false;show()};
show();requestAnimationFrame(tick);
`;
